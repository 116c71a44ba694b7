// The service that is measured: `/hello`, bare http; `/work`, one query, one command and one call each. A peer for the calls
// runs in the benchmark's own process.
const http = require('node:http')

async function main() {
  const { Pool } = require('pg')
  const { createClient } = require('redis')
  const pool = process.env.PGHOST ? new Pool({ max: 10 }) : undefined
  const redis = process.env.REDIS_URL ? createClient({ url: process.env.REDIS_URL }) : undefined
  await redis?.connect()

  const server = http.createServer(async (req, res) => {
    if (req.url === '/work') {
      await pool?.query('SELECT $1::int AS id', [17])
      await redis?.get('user:17')
      await (await fetch(process.env.PEER_URL)).text()
    }
    res.setHeader('content-type', 'text/plain')
    res.end('hello')
  })
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
  process.on('disconnect', () => process.exit())
}

main()
