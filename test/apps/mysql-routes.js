// A service on MariaDB by mysql or mysql2 (DRIVER), with the forms that both have: callbacks, emitters, pools.

const { Writable } = require('node:stream')
const { farPort, largeText, latePort, serve, thinPath } = require('./lib')

const SLOW = 'SELECT SLEEP(0.1), ? AS secret'

module.exports = function routes(mysql) {
  const { hostname: host, port, username: user, password, pathname } = new URL(process.env.MYSQL_URL)
  const pool = mysql.createPool({
    host,
    port: Number(port),
    user,
    password,
    database: pathname.slice(1),
    connectionLimit: 2
  })

  const single = mysql.createConnection({ host, port: Number(port), user, password, database: pathname.slice(1) })
  let holding = 0
  let late
  let far

  const lateClient = async () =>
    mysql.createConnection({ host: '127.0.0.1', port: await latePort(Number(port), host), user, password })

  const thinClient = async () =>
    mysql.createConnection({ socketPath: await thinPath(Number(port), host), user, password })

  const query = (on, ...args) =>
    new Promise((resolve, reject) => on.query(...args, (error, rows) => (error ? reject(error) : resolve(rows))))

  const connection = (of = pool) =>
    new Promise((resolve, reject) => of.getConnection((error, client) => (error ? reject(error) : resolve(client))))

  const emittedThenNext = async method => {
    const client = await connection()
    const rows = await new Promise((resolve, reject) => {
      client[method](SLOW, ['emitted'])
        .on('end', () => resolve(query(client, 'SELECT 4 AS four')))
        .on('error', reject)
    })
    client.release()
    return String(rows[0].four)
  }

  const handlers = {
    // Both connections, so that no test waits for one to be opened.
    '/warm': async () => {
      await Promise.all([query(pool, 'SELECT SLEEP(0.1)'), query(pool, 'SELECT 1'), query(single, 'SELECT 1')])
      far = mysql.createPool({
        host: '127.0.0.1',
        port: await farPort(Number(port), host),
        user,
        password,
        connectionLimit: 2
      })
      ;(await connection(far)).release()
      return 'warm'
    },

    '/checked': async () => {
      ;(await connection(far)).release()
      return 'checked'
    },

    // The second query is made in the callback of the first, which the connection's socket calls.
    '/callback': () =>
      new Promise((resolve, reject) => {
        pool.query(SLOW, ['sesame'], (error, first) => {
          if (error) return reject(error)
          pool.query('SELECT 2 AS two', (error, second) =>
            error ? reject(error) : resolve(`${first[0].secret} ${second[0].two}`)
          )
        })
      }),

    '/emitter': async () => {
      const client = await connection()
      const secret = await new Promise((resolve, reject) => {
        let row
        const command = client.query(SLOW, ['emitted'])
        command.on('result', result => {
          row = result
        })
        command.on('error', reject)
        command.on('end', () => resolve(row.secret))
      })
      client.release()
      return secret
    },

    // The next one is made when the first says that it is over.
    '/emitted-query': () => emittedThenNext('query'),
    '/emitted-execute': () => emittedThenNext('execute'),

    '/error': async () => {
      await query(pool, SLOW, ['before'])
      return query(pool, "SELECT 'hidden' FROM no_such_table").catch(error => error.code)
    },

    // One connection for both.
    '/before': async () => {
      holding++
      return query(single, 'SELECT SLEEP(0.4)')
        .finally(() => holding--)
        .then(() => 'before')
    },
    '/behind': async () => String((await query(single, 'SELECT 7 AS n'))[0].n),

    // The server's greeting comes late.
    '/connecting': async () => {
      const client = await lateClient()
      const rows = await query(client, 'SELECT 8 AS n')
      client.destroy()
      return String(rows[0].n)
    },
    '/cold': async () => {
      const cold = mysql.createPool({
        host: '127.0.0.1',
        port: await latePort(Number(port), host),
        user,
        password,
        connectionLimit: 1
      })
      const results = await Promise.all([1, 2].map(() => query(cold, 'SELECT 1')))
      cold.end()
      return String(results.length)
    },
    '/large-parameter': async () => {
      const client = await thinClient()
      await query(client, 'SELECT 1')
      const rows = await query(client, 'SELECT LENGTH(?) AS n', [largeText])
      client.destroy()
      return String(rows[0].n)
    },
    // The connection is made, which keeps it back.
    '/large-parameter-behind': async () => {
      const client = await thinClient()
      const rows = await query(client, 'SELECT LENGTH(?) AS n', [largeText])
      client.destroy()
      return String(rows[0].n)
    },
    '/before-late': async () => {
      late = await lateClient()
      holding++
      return query(late, 'SELECT SLEEP(0.4)')
        .finally(() => holding--)
        .then(() => 'before')
    },
    '/behind-late': async () => {
      const rows = await query(late, 'SELECT 8 AS n')
      late.destroy()
      return String(rows[0].n)
    },

    // The streams of mysql are none of Node's, and cannot be iterated.
    '/read-slowly': () =>
      new Promise((resolve, reject) => {
        let count = 0
        const slow = new Writable({
          objectMode: true,
          highWaterMark: 1,
          write(_row, _encoding, done) {
            count++
            setTimeout(done, 8)
          }
        })
        const rows = pool.query('SELECT seq FROM seq_1_to_40').stream({ highWaterMark: 2 })
        rows.on('error', reject)
        rows.pipe(slow).on('finish', () => resolve(String(count)))
      }),

    '/hold': async () => {
      const client = await connection()
      holding++
      await query(client, 'SELECT SLEEP(0.6)')
      holding--
      client.release()
      return 'held'
    },

    '/holding': () => String(holding),

    '/quick': async () => String((await query(pool, 'SELECT 1 AS one'))[0].one)
  }

  if (process.env.DRIVER === 'mysql2') {
    handlers['/promise'] = async () => (await pool.promise().query(SLOW, ['awaited']))[0][0].secret
    handlers['/behind-execute'] = async () =>
      String((await single.promise().execute('SELECT 9 AS n WHERE ? = 1', [1]))[0][0].n)
    handlers['/large-execute'] = async () => {
      const client = await thinClient()
      const [[{ n }]] = await client.promise().execute('SELECT LENGTH(?) AS n', [largeText])
      client.destroy()
      return String(n)
    }
    handlers['/large'] = async () => {
      const eight = `(${[1, 2, 3, 4, 5, 6, 7, 8].map(n => `SELECT ${n}`).join(' UNION ')}) eight`
      return String((await pool.promise().query(`SELECT REPEAT('x', 20000), SLEEP(0.05) FROM ${eight}`))[0].length)
    }
    // Given up before it is answered.
    handlers['/given-up'] = () =>
      single
        .promise()
        .query({ sql: 'SELECT SLEEP(0.4)', timeout: 250 })
        .catch(error => error.message)
    handlers['/execute'] = async () => (await pool.promise().execute(SLOW, ['executed']))[0][0].secret
  }

  serve(handlers, () => {
    single.destroy()
    far?.end()
    return pool.end()
  })
}
