// Does with mariadb what applications do in life, inside a request, and prints what they see. Nothing in it differs between two runs, so
// that a run with the agent can be compared to one without, letter by letter. LIBRARIES: whose mariadb is meant; IMPORTED: its ES modules.

const { AsyncLocalStorage } = require('node:async_hooks')
const http = require('node:http')
const { createRequire } = require('node:module')
const path = require('node:path')
const { counts } = require('./listeners')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const load = async name => (process.env.IMPORTED ? (await import(name)).default : from(name))
const { hostname: host, port, username: user, password, pathname } = new URL(process.env.MYSQL_URL)
const options = { host, port: Number(port), user, password, database: pathname.slice(1) }

const context = new AsyncLocalStorage()
const seen = []
const see = (...what) => seen.push([...what, context.getStore() ?? 'no context'])
/** Without the connection's number, which is the server's, and without times. */
const told = ({ name, message, code, errno, sqlState, fatal, ...rest }) => [
  ...[name, message.replace(/conn[:=]\d+|\d+ms/g, ''), code, errno, sqlState, fatal],
  Object.keys(rest).join()
]
const outcome = promise =>
  promise.then(
    value => ['value', value, value?.meta?.length, context.getStore()],
    error => ['error', ...told(error), context.getStore()]
  )
/** In the order in which they were asked for. */
const settled = async (...promises) => {
  for (const what of await Promise.all(promises.map(outcome))) see(...what)
}

const unhandled = []
process.on('unhandledRejection', error => unhandled.push(error.code))

const steps = {
  async promises({ createConnection, defaultOptions }) {
    const client = await createConnection(options)
    see('shape', Object.keys(client).sort().join(), client.query.name, client.query.length, typeof defaultOptions)
    await settled(client.query('SELECT 1 AS n'), client.query({ sql: 'SELECT ? AS n', rowsAsArray: true }, ['x']))
    await settled(client.query('SELECT :a AS n', [1]), client.query('SELECT'), client.query(''), client.query('DO 1'))
    await settled(client.query({ namedPlaceholders: true, sql: 'SELECT :a AS n' }, { a: 'b' }), client.ping())
    await settled(
      client.execute('SELECT ? AS n', [2]),
      client.execute('SELECT ? AS n', []),
      client.execute('SELEC ?', [1])
    )
    await client.query('CREATE TEMPORARY TABLE t (n INT PRIMARY KEY, word VARCHAR(5))')
    await client.beginTransaction()
    await settled(
      client.batch('INSERT INTO t VALUES (?, ?)', [
        [1, 'a'],
        [2, 'b']
      ])
    )
    await settled(
      client.batch('INSERT INTO t VALUES (?, ?)', [
        [3, 'a'],
        [1, 'b']
      ])
    )
    await settled(client.batch('INSERT INTO t VALUES (?, ?)', []).then(() => 'none'))
    await settled(client.commit(), client.rollback(), client.query('SELECT COUNT(*) AS n FROM t'))
    const prepared = await client.prepare('SELECT n FROM t WHERE n > ?')
    see('prepared', Object.keys(prepared).sort().join(), prepared.parameterCount)
    await settled(...[0, 1].map(n => context.run(`execute ${n}`, () => prepared.execute([n]))))
    prepared.close()
    await settled(client.end(), client.query('SELECT 1'))
  },

  async streams({ createConnection }) {
    const client = await createConnection(options)
    const stream = client.queryStream('SELECT 1 AS n UNION SELECT 2')
    see('stream', counts(stream), Object.keys(stream).sort().join())
    for await (const row of stream) see('row', row)
    const failing = client.queryStream('SELECT * FROM nowhere')
    failing.on('error', error => see('stream failed', ...told(error)))
    await new Promise(resolve => failing.on('close', resolve).on('error', resolve))
    await client.end()
  },

  async pools({ createPool }) {
    const pool = createPool({ ...options, connectionLimit: 1, acquireTimeout: 300 })
    const events = []
    for (const event of ['acquire', 'enqueue', 'release']) pool.on(event, () => events.push(event))
    await settled(...['one', 'two'].map(name => context.run(name, () => pool.query('SELECT ? AS name', [name]))))
    const client = await pool.getConnection()
    see('numbers', pool.totalConnections(), pool.activeConnections(), pool.idleConnections(), pool.taskQueueSize())
    await settled(pool.getConnection(), pool.execute('SELECT 1 AS n'))
    await client.query('SELECT 1')
    await client.release()
    see('numbers', pool.activeConnections(), pool.idleConnections(), counts(pool))
    await settled(
      pool.query('SELECT * FROM nowhere'),
      pool.batch('DO ?', [[1], [2]]).then(() => 'batch')
    )
    await pool.end()
    await settled(pool.query('SELECT 1'))
    see('events', events)
  },

  async callbacks(_promises, { createConnection, createPool }) {
    const client = createConnection(options)
    const called = (on, method, ...args) =>
      new Promise(resolve =>
        context.run(`${method} ${args[0]}`, () => {
          const returned = on[method](...args, (...given) => {
            const [error, rows, meta] = given
            // Whose context that is differs with the connection it came by.
            resolve(seen.push(['called', args[0], given.length, error && told(error), rows, meta?.length]))
          })
          see('returned', returned && Object.keys(returned).sort().join(), returned?.eventNames?.().sort().join())
        })
      )
    await called(client, 'query', 'SELECT 1 AS n')
    await called(client, 'query', 'SELECT * FROM nowhere')
    await called(client, 'execute', 'SELECT ? AS n', [1])
    await called(client, 'beginTransaction')
    await called(client, 'commit')
    await new Promise(resolve => {
      const command = client.query('SELECT 1 AS n UNION SELECT 2')
      for (const event of ['fields', 'data', 'error'])
        command.on(event, what => seen.push([event, what.length ?? what]))
      command.on('end', resolve)
      see('emitter', counts(command))
    })
    await called(client, 'end')
    const pool = createPool({ ...options, connectionLimit: 1 })
    await Promise.all([called(pool, 'query', 'SELECT 1 AS n'), called(pool, 'query', 'SELECT 2 AS n')])
    await called(pool, 'end')
  },

  async nobodyCares({ createConnection }) {
    const client = await createConnection(options)
    client.query('SELECT * FROM nowhere')
    client.execute('SELECT * FROM nowhere WHERE 1 = ?', [1])
    await settled(client.query('SELECT 1 AS n'))
    await new Promise(resolve => setTimeout(resolve, 20))
    see('unhandled', unhandled.splice(0).sort())
    client.destroy()
    await settled(client.query('SELECT 1'))
  }
}

async function main() {
  const libraries = [await load('mariadb'), await load('mariadb/callback')]
  const server = http.createServer(async (_req, res) => {
    for (const [name, step] of Object.entries(steps)) {
      see('step', name)
      await context.run(name, step, ...libraries)
    }
    res.end()
  })
  server.listen(0, '127.0.0.1', () =>
    http.get({ port: server.address().port, host: '127.0.0.1', agent: false }, res =>
      res.resume().on('end', () => {
        server.close()
        const asText = (_key, value) => (typeof value === 'bigint' ? `${value}n` : value)
        process.stdout.write(seen.map(what => `${JSON.stringify(what, asText)}\n`).join(''))
        if (process.connected) process.disconnect()
      })
    )
  )
}

main()
