// A service on MariaDB by mariadb, with both of its APIs: promises, and callbacks with emitters.

const { farPort, largeText, latePort, serve, thinPath } = require('./lib')

const SLOW = 'SELECT SLEEP(0.1), ? AS secret'
const MANY = "SELECT REPEAT('x', 20000) FROM seq_1_to_60"

async function readSlowly(stream) {
  let count = 0
  for await (const _ of stream) {
    await new Promise(resolve => setTimeout(resolve, 8))
    count++
  }
  return String(count)
}

module.exports = function routes(promises, callbacks) {
  const { hostname: host, port, username: user, password, pathname } = new URL(process.env.MYSQL_URL)
  const options = { host, port: Number(port), user, password, database: pathname.slice(1) }
  const pool = promises.createPool({ ...options, connectionLimit: 2 })
  const calledBack = callbacks.createPool({ ...options, connectionLimit: 2 })
  const single = promises.createConnection(options)
  /** It sends a statement when the one before is answered. */
  const patient = promises.createConnection({ ...options, pipelining: false })
  let holding = 0
  let far

  const called = (on, method, ...args) =>
    new Promise((resolve, reject) => on[method](...args, (error, rows) => (error ? reject(error) : resolve(rows))))

  const before = async on => {
    const client = await on
    const query = client.query('DO SLEEP(0.4)')
    // What is sent in the same moment says nothing of who worked first.
    await new Promise(resolve => setTimeout(resolve, 20))
    holding++
    await query.finally(() => holding--)
    return 'before'
  }
  /** Sent in one moment: of two requests. */
  let others = []
  const together = async (on, statement) => {
    const client = await on
    await new Promise(resolve => {
      others.push(resolve)
      if (others.length < 2) return
      for (const go of others) go()
      others = []
    })
    return client.query(statement).then(() => 'together')
  }
  const behind = async on => String((await (await on).query('SELECT 7 AS n'))[0].n)

  const handlers = {
    // All connections, so that no test waits for one to be opened.
    '/warm': async () => {
      const slow = 'SELECT SLEEP(0.1)'
      await Promise.all([pool.query(slow), pool.query(slow), behind(single), behind(patient)])
      await Promise.all([called(calledBack, 'query', slow), called(calledBack, 'query', slow)])
      await pool.query('CREATE TABLE IF NOT EXISTS lines_of_mariadb (n INT, word VARCHAR(20))')
      const farAway = { host: '127.0.0.1', port: await farPort(Number(port), host) }
      far = promises.createPool({ ...options, ...farAway, connectionLimit: 2, minimumIdle: 1, minDelayValidation: 0 })
      await (await far.getConnection()).release()
      return 'warm'
    },

    '/checked': async () => {
      await (await far.getConnection()).release()
      return 'checked'
    },

    '/promise': async () => {
      const [first] = await pool.query(SLOW, ['sesame'])
      const [second] = await pool.query({ sql: 'SELECT 2 AS two' })
      return `${first.secret} ${second.two}`
    },

    // The second is made in the callback of the first.
    '/callback': () =>
      new Promise((resolve, reject) => {
        calledBack.query(SLOW, ['sesame'], (error, first) => {
          if (error) return reject(error)
          calledBack.query('SELECT 2 AS two', (error, second) =>
            error ? reject(error) : resolve(`${first[0].secret} ${second[0].two}`)
          )
        })
      }),

    '/emitter': async () => {
      const client = await called(calledBack, 'getConnection')
      const secret = await new Promise((resolve, reject) => {
        let row
        const command = client.query(SLOW, ['emitted'])
        command.on('data', data => {
          row = data
        })
        command.on('error', reject)
        command.on('end', () => resolve(row.secret))
      })
      client.end()
      return secret
    },

    '/execute': async () => (await pool.execute(SLOW, ['executed']))[0].secret,

    '/execute-callback': async () => (await called(calledBack, 'execute', SLOW, ['executed back']))[0].secret,

    '/prepare': async () => {
      const client = await pool.getConnection()
      const prepared = await client.prepare(SLOW)
      const [{ secret }] = await prepared.execute(['prepared'])
      prepared.close()
      await client.release()
      return secret
    },

    '/stream': async () => {
      const client = await pool.getConnection()
      let secret
      for await (const row of client.queryStream(SLOW, ['streamed'])) secret = row.secret
      await client.release()
      return secret
    },

    '/batch': async () => {
      const client = await pool.getConnection()
      await client.beginTransaction()
      const { affectedRows } = await client.batch('INSERT INTO lines_of_mariadb VALUES (?, SLEEP(?))', [
        [1, 0.05],
        [2, 0.05]
      ])
      await client.rollback()
      await client.release()
      return String(affectedRows)
    },

    '/error': async () => {
      await pool.query(SLOW, ['before'])
      return pool.query("SELECT 'hidden' FROM no_such_table").catch(error => error.code)
    },

    '/error-execute': async () => {
      await pool.query(SLOW, ['before'])
      return pool.execute("SELECT 'hidden' FROM no_such_table WHERE ? = 1", [1]).catch(error => error.code)
    },

    '/before': () => before(single),
    '/behind': () => behind(single),
    '/slow-together': () => together(single, 'DO SLEEP(0.4)'),
    '/waiting': () => String(others.length),
    '/quick-together': () => together(single, 'DO 1'),
    '/before-patient': () => before(patient),
    '/behind-patient': () => behind(patient),

    // The server's greeting comes late.
    '/connecting': async () => {
      const late = callbacks.createConnection({
        ...options,
        host: '127.0.0.1',
        port: await latePort(Number(port), host)
      })
      const [{ n }] = await called(late, 'query', 'SELECT 8 AS n')
      late.end()
      return String(n)
    },

    '/large-parameter': async () => {
      const thin = { ...options, socketPath: await thinPath(Number(port), host) }
      const client = await promises.createConnection(thin)
      const [{ n }] = await client.query('SELECT LENGTH(?) AS n', [largeText])
      await client.end()
      return String(n)
    },

    '/large': async () => {
      const eight = `(${[1, 2, 3, 4, 5, 6, 7, 8].map(n => `SELECT ${n}`).join(' UNION ')}) eight`
      return String((await pool.query(`SELECT REPEAT('x', 20000), SLEEP(0.05) FROM ${eight}`)).length)
    },

    // More than the buffers hold.
    '/read-slowly': async () => {
      const client = await pool.getConnection()
      const count = await readSlowly(client.queryStream(MANY))
      await client.release()
      return count
    },
    '/read-emitter-slowly': async () => {
      const client = await called(calledBack, 'getConnection')
      const count = await readSlowly(client.query(MANY).stream())
      client.end()
      return count
    },

    '/hold': async () => {
      const client = await pool.getConnection()
      holding++
      await client.query('SELECT SLEEP(0.6)')
      holding--
      await client.release()
      return 'held'
    },

    '/holding': () => String(holding),

    '/quick': async () => String((await pool.query('SELECT 1 AS one'))[0].one)
  }

  serve(handlers, async () => {
    for (const client of await Promise.all([single, patient])) client.destroy()
    calledBack.end()
    far?.end()
    return pool.end()
  })
}
