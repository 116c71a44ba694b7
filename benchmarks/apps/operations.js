// `/N`: a request with N operations, told through the channel by which the agent's ioredis patch tells them, so that nothing
// but the agent's own part takes time. Answers with microseconds per operation; `/N?kept` with kept bytes (with --expose-gc;
// apart, because a full collection throws away what the optimiser knows).
const { tracingChannel } = require('node:diagnostics_channel')
const http = require('node:http')

const channel = tracingChannel('perfagent:ioredis:command')
const redis = { options: { host: '127.0.0.1', port: 6379 } }
const done = () => {}
const callBack = callback => callback(null, 'OK')

const server = http.createServer((req, res) => {
  const { pathname, search } = new URL(req.url, 'http://localhost')
  const operations = Number(pathname.slice(1))
  if (search) globalThis.gc()
  const heap = process.memoryUsage().heapUsed
  const began = performance.now()
  for (let i = 0; i < operations; i++) {
    channel.traceCallback(callBack, 0, { redis, command: 'get', args: ['user:17'] }, undefined, done)
  }
  const us = ((performance.now() - began) * 1000) / operations
  if (search) globalThis.gc()
  const bytes = (process.memoryUsage().heapUsed - heap) / operations
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify({ us, bytes }))
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('disconnect', () => process.exit())
