// The service that is measured: `/hello`, bare http; `/render`, a millisecond of JavaScript; `/work`, one query, one command and one
// call each. The peer for the calls runs in the benchmark's own process. It answers `memory` with its heap after a collection (with
// --expose-gc), once it has seen the end of all connections: on a busy machine that takes longer than the answer to the last request;
// and with what V8 keeps for the young generation.
const http = require('node:http')
const { setTimeout } = require('node:timers/promises')
const { promisify } = require('node:util')
const { getHeapSpaceStatistics } = require('node:v8')

const ROWS = Array.from({ length: 800 }, (_, i) => ({ id: i, name: `name ${i}`, price: i / 7, tags: ['a', 'b'] }))

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
    if (req.url === '/render') JSON.parse(JSON.stringify(ROWS))
    if (req.url === '/park') await setTimeout(300)
    res.setHeader('content-type', 'text/plain')
    res.end('hello')
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send({ port: server.address().port }))
  const connections = promisify(server.getConnections.bind(server))
  process.on('message', async () => {
    while ((await connections()) > 0) await setTimeout(10)
    globalThis.gc?.()
    process.send({
      heapMb: process.memoryUsage().heapUsed / 2 ** 20,
      youngMb: young().physical_space_size / 2 ** 20,
      handles: process.getActiveResourcesInfo().length,
      listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
    })
  })
  process.on('disconnect', () => process.exit())
}

const young = () => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')

main()
