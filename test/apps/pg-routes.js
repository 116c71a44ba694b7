// A service on PostgreSQL, with queries in every form that pg takes.

const { AsyncResource } = require('node:async_hooks')
const net = require('node:net')
const path = require('node:path')
const Cursor = require('pg-cursor')
const QueryStream = require('pg-query-stream')
const { largeText, latePort, serve, thinPath } = require('./lib')

const SLOW = 'SELECT pg_sleep(0.1), $1::text AS secret'

function turnOf20ms() {
  const from = performance.now()
  while (performance.now() < from + 20) {}
  return performance.now() - from
}

module.exports = function routes({ Client, Pool, Query }) {
  const pool = new Pool({ max: 2 })
  const single = new Client()
  const connected = single.connect()
  const impatient = new Client({ query_timeout: 250 })
  const isConnected = impatient.connect()
  let holding = 0
  let reading = false
  let turnsMs = 0
  const timer = new AsyncResource('timer')

  const withClient = async work => {
    const client = await pool.connect()
    try {
      return await work(client)
    } finally {
      client.release()
    }
  }

  /** The folder, in which a client looks for the socket of its port. */
  const thinHost = async () => path.dirname(await thinPath(single.port, single.host, `.s.PGSQL.${single.port}`))

  const pooling = []
  /** Connected before any request: that takes long on a busy machine, and would be told of the request. */
  const pooled = processId => {
    const client = poolerPort(single.port, single.host, processId).then(async port => {
      const one = new Client({ host: '127.0.0.1', port })
      await one.connect()
      return one
    })
    pooling.push(client)
    return async () => {
      await (await client).query('SELECT pg_sleep(0.2)')
      return 'pooled'
    }
  }

  const hold = () =>
    withClient(client => {
      holding++
      return client.query('SELECT pg_sleep(0.6)')
    }).then(() => {
      holding--
      return 'held'
    })

  serve(
    {
      // Both connections, so that no test waits for one to be opened.
      '/warm': () => Promise.all([pool.query('SELECT pg_sleep(0.1)'), pool.query('SELECT 1')]).then(() => 'warm'),

      // Each on a connection of its own, of which one was taken before and given back.
      '/aside': async () => {
        await pool.query('SELECT 1')
        await Promise.all([pool.query('SELECT pg_sleep(0.1)'), pool.query('SELECT 2, pg_sleep(0.3)')])
        return 'aside'
      },

      '/promise': async () => (await pool.query(SLOW, ['sesame'])).rows[0].secret,

      // The second query is made in the callback of the first, which the connection's socket calls.
      '/callback': () =>
        new Promise((resolve, reject) => {
          pool.query(SLOW, ['one'], (error, first) => {
            if (error) return reject(error)
            pool.query('SELECT 2 AS two', (error, second) =>
              error ? reject(error) : resolve(`${first.rows[0].secret} ${second.rows[0].two}`)
            )
          })
        }),

      // Work in turns of 20 ms, for as long as rows are read.
      '/turns': async () => {
        const until = performance.now() + 5000
        while (!reading && performance.now() < until) await new Promise(setImmediate)
        while (reading && performance.now() < until) {
          turnsMs += turnOf20ms()
          await new Promise(setImmediate)
        }
        return 'worked'
      },
      // For how long others worked meanwhile.
      '/many-rows': async () => {
        reading = true
        turnsMs = 0
        await pool.query("SELECT repeat('x', 100) AS text FROM generate_series(1, 100000)")
        reading = false
        return String(turnsMs)
      },

      '/config': () =>
        withClient(
          client =>
            new Promise((resolve, reject) => {
              const callback = (error, result) => (error ? reject(error) : resolve(result.rows[0].secret))
              client.query({ text: SLOW, values: ['config'], callback })
            })
        ),

      '/submittable': () =>
        withClient(
          client =>
            new Promise((resolve, reject) => {
              const query = client.query(new Query(SLOW, ['submitted']))
              let secret
              query.on('row', row => {
                secret = row.secret
              })
              query.on('end', () => resolve(secret))
              query.on('error', reject)
            })
        ),

      // Each row fills the server's buffer, so it comes when it is there; the second statement waits in the client's queue.
      '/large': () =>
        withClient(async client => {
          const large = "SELECT repeat('x', 9000), pg_sleep(0.05) FROM generate_series(1, 8) n"
          const results = await Promise.all([client.query(large), client.query({ text: large })])
          return String(results.map(({ rows }) => rows.length))
        }),

      '/cursor': () =>
        withClient(async client => {
          const cursor = client.query(new Cursor('SELECT n, pg_sleep(0.05) FROM generate_series(1, 3) n'))
          const rows = await cursor.read(2)
          await cursor.close()
          return String(rows.length)
        }),

      '/stream': () =>
        withClient(async client => {
          let rows = 0
          for await (const _ of client.query(new QueryStream('SELECT n, pg_sleep(0.05) FROM generate_series(1, 3) n')))
            rows++
          return String(rows)
        }),

      '/batches': () =>
        withClient(async client => {
          const cursor = client.query(new Cursor('SELECT n, pg_sleep(0.05) FROM generate_series(1, 4) n'))
          let rows = 0
          for (let read = [0]; read.length > 0; rows += read.length) read = await cursor.read(2)
          return String(rows)
        }),

      // Each row in a step of the connection, which another request has opened.
      '/rows': () =>
        withClient(
          client =>
            new Promise((resolve, reject) => {
              const stream = client.query(new QueryStream('SELECT n, pg_sleep(0.05) FROM generate_series(1, 3) n'))
              const asked = []
              stream.on('data', ({ n }) => asked.push(pool.query('SELECT $1::int AS row', [n])))
              stream.on('end', () => Promise.all(asked).then(() => resolve(String(asked.length)), reject))
              stream.on('error', reject)
            })
        ),

      '/error': async () => {
        await pool.query(SLOW, ['before'])
        return pool.query("SELECT 'hidden' FROM no_such_table").catch(error => error.code)
      },

      // One client for both: it has one connection.
      '/before': async () => {
        await connected
        holding++
        return (await single.query('SELECT pg_sleep(0.4)').finally(() => holding--)) && 'before'
      },
      '/behind': async () => String((await single.query('SELECT 7 AS n')).rows[0].n),

      // Given up before it is answered.
      '/given-up': async () => {
        await isConnected
        return impatient.query('SELECT pg_sleep(0.4)').catch(error => error.message)
      },
      '/behind-given-up': async () => String((await impatient.query('SELECT 9 AS n')).rows[0].n),

      // The server's greeting comes late.
      '/connecting': async () => {
        const client = new Client({ host: '127.0.0.1', port: await latePort(single.port, single.host) })
        client.connect()
        const { rows } = await client.query('SELECT 8 AS n')
        await client.end()
        return String(rows[0].n)
      },

      '/large-parameter': async () => {
        const client = new Client({ host: await thinHost() })
        await client.connect()
        const { rows } = await client.query('SELECT length($1::text) AS n', [largeText])
        await client.end()
        return String(rows[0].n)
      },
      // The first keeps the other back.
      '/large-parameter-behind': async () => {
        const client = new Client({ host: await thinHost() })
        await client.connect()
        client.query('SELECT 1')
        const { rows } = await client.query({ text: 'SELECT length($1::text) AS n', values: [largeText] })
        await client.end()
        return String(rows[0].n)
      },

      // The server's greeting comes late, and a second call has to wait for the only connection.
      '/cold': async () => {
        const cold = new Pool({ max: 1, host: '127.0.0.1', port: await latePort(single.port, single.host) })
        const results = await Promise.all([1, 2].map(() => cold.query('SELECT 1')))
        await cold.end()
        return String(results.length)
      },

      // As through pgbouncer, which names a process that no machine has; half of its numbers are read as negative ones.
      '/pooled': pooled(1943783745),
      '/pooled-negative': pooled(-1943783745),
      '/passed-on': pooled(2 ** 22),

      '/hold': hold,

      // As a timer would that was set before any request.
      '/job': () => {
        for (let i = 0; i < 2; i++) timer.runInAsyncScope(hold)
        return 'begun'
      },

      '/holding': () => String(holding),

      '/quick': async () => (await pool.query('SELECT 1 AS one')).rows[0].one
    },
    () => Promise.all([pool.end(), single.end(), impatient.end(), ...pooling.map(async client => (await client).end())])
  )
}

/** The port of a server that passes on to PostgreSQL what comes from one client, and makes up its BackendKeyData: `K`, its length, 12. */
function poolerPort(port, host, processId) {
  const server = net.createServer(socket => {
    server.close()
    const database = net.connect(port, host)
    socket.pipe(database)
    database.on('data', chunk => {
      const at = chunk.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]))
      if (at >= 0) chunk.writeInt32BE(processId, at + 5)
      socket.write(chunk)
    })
    database.on('end', () => socket.end())
    socket.on('error', () => {})
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))
}
