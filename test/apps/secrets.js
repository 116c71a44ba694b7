// Sends planted secrets through every library, where secrets are in life: literals, parameters, values, query strings, user-info,
// headers, cookies, bodies, and the errors that quote them. GET /all?… does it all and is slow. Each secret is `planted` and a number.

const http = require('node:http')
const express = require('express')
const { listen } = require('./lib')

let planted = 0
const secret = () => `pl4nted${String(planted++).padStart(5, '0')}`
const ignore = () => {}
const { PGHOST, MYSQL_URL, REDIS_URL } = process.env
const closing = []
const ways = []

/** What follows a literal in each of its notations. */
const literals = s => [`'${s}'`, `N'${s}'`, `'a''${s}'`, `/* '${s}' */ '${s}'`]

if (PGHOST) {
  const pool = new (require('pg').Pool)({ max: 2 })
  closing.push(() => pool.end())
  const run = (text, values) => pool.query(text, values).catch(ignore)
  ways.push(
    ...literals('').map((_, i) => s => run(`SELECT ${literals(s)[i]} AS x`)),
    s => run(`SELECT $$${s}$$, $tag$${s}$tag$, E'\\'${s}'`),
    s => run('SELECT $1::text', [s]),
    s => run({ text: 'SELECT $1::text', values: [s], name: 'prepared' }),
    s => run(`SELECT '${s}'::int`),
    s => run('SELECT $1::int', [s]),
    s => run(`SELECT '${s}`),
    s => run(`ALTER USER nobody_of_that_name PASSWORD '${s}'`),
    s => run(`INSERT INTO nowhere VALUES ('${s}', 1) -- ${s}`)
  )
}
for (const driver of MYSQL_URL ? ['mysql', 'mysql2'] : []) {
  const connection = require(driver).createConnection(MYSQL_URL)
  closing.push(() => connection.end())
  const run = (...args) => new Promise(resolve => connection.query(...args, resolve))
  ways.push(
    s => run(`SELECT '${s}', "${s}", 'a\\'${s}'`),
    s => run('SELECT ?', [s]),
    s => run({ sql: 'SELECT ? AS x', values: [s] }),
    s => run(`SELECT '${s}' FROM nowhere`),
    s => run(`SELECT nowhere.${'x'} = '${s}' AND`),
    s => run(`CREATE USER 'x'@'y' IDENTIFIED BY '${s}'`)
  )
  if (driver === 'mysql2') ways.push(s => new Promise(resolve => connection.execute('SELECT ?', [s], resolve)))
}
if (MYSQL_URL) {
  const { hostname: host, port, username: user, password, pathname } = new URL(MYSQL_URL)
  const options = { host, port: Number(port), user, password, database: pathname.slice(1), connectionLimit: 2 }
  const pool = require('mariadb').createPool(options)
  closing.push(() => pool.end())
  ways.push(
    s => pool.query(`SELECT '${s}', "${s}", 'a\\'${s}'`).catch(ignore),
    s => pool.query('SELECT ?', [s]),
    s => pool.query({ sql: 'SELECT :x AS x', namedPlaceholders: true }, { x: s }),
    s => pool.query(`SELECT '${s}' FROM nowhere`).catch(ignore),
    s => pool.query('SELECT ? FROM nowhere', [s]).catch(ignore),
    s => pool.execute('SELECT ?', [s]),
    s => pool.execute(`SELECT '${s}' FROM nowhere WHERE ? = 1`, [s]).catch(ignore),
    s => pool.batch('INSERT INTO nowhere VALUES (?)', [[s], [s]]).catch(ignore),
    s => pool.query(`CREATE USER 'x'@'y' IDENTIFIED BY '${s}'`).catch(ignore)
  )
}
if (REDIS_URL) {
  const ioredis = new (require('ioredis').Redis)(REDIS_URL)
  const redis = require('redis').createClient({ url: REDIS_URL })
  redis.on('error', ignore)
  const ready = redis.connect()
  closing.push(
    () => ioredis.disconnect(),
    () => redis.destroy()
  )
  ways.push(
    s => ioredis.set('session:1', s),
    s => ioredis.hset('user', 'password', s),
    s => ioredis.call('AUTH', 'default', s).catch(ignore),
    s => ioredis.call('CONFIG', 'SET', 'no-such-option', s).catch(ignore),
    s => ioredis.eval('return ARGV[1]', 0, s),
    s => ioredis.lpush('user', s).catch(ignore),
    s => ioredis.multi().set('a', s).get('a').exec(),
    s => ready.then(() => redis.set('session:1', s)),
    s => ready.then(() => redis.sendCommand(['AUTH', 'default', s])).catch(ignore),
    s => ready.then(() => redis.sendCommand(['ACL', 'SETUSER', 'x', `>${s}`, 'nonsense'])).catch(ignore),
    s => ready.then(() => redis.multi().set('a', s).exec())
  )
}

const app = express()
app.get('/peer', (_req, res) => res.end('peer'))
const call = (path, options = {}) =>
  new Promise(resolve => {
    const { port } = server.address()
    const request = http.request({ host: '127.0.0.1', port, path, agent: false, ...options }, response => {
      response.resume()
      response.on('end', resolve)
    })
    request.on('error', resolve)
    request.end(options.body)
  })
ways.push(
  s => call(`/peer?token=${s}&page=${s}&plain=${s}`),
  s => call('/peer', { headers: { authorization: `Bearer ${s}`, cookie: `sid=${s}`, 'x-api-key': s } }),
  s => call('/peer', { auth: `user:${s}` }),
  s => call('/peer', { method: 'POST', body: s }),
  s =>
    fetch(`http://127.0.0.1:${server.address().port}/peer?q=${s}#${s}`, { headers: { authorization: s } }).then(r =>
      r.text()
    ),
  s => fetch(`http://127.0.0.1:1/?password=${s}`).catch(ignore),
  s => call(`/peer?q=${s}`, { port: 1 })
)

app.get('/all', async (_req, res) => {
  for (let i = 0; i < 10; i++) for (const way of ways) await way(secret())
  setTimeout(() => res.set('set-cookie', `sid=${secret()}`).end(String(planted)), 50)
})
app.get('/error', () => {
  throw new Error(`password=${secret()} refused for postgres://user:${secret()}@db/x`)
})

const server = http.createServer(app)
listen(server, () => {
  for (const close of closing) close()
})
