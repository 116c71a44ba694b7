// `/N`: a request with N operations, told through the channel by which the agent's ioredis patch tells them, so that nothing
// but the agent's own part takes time. Answers with microseconds and kept bytes per operation (with --expose-gc).
const { tracingChannel } = require('node:diagnostics_channel')
const http = require('node:http')

const channel = tracingChannel('perfagent:ioredis:command')
const redis = { options: { host: '127.0.0.1', port: 6379 } }
const done = () => {}
const callBack = callback => callback(null, 'OK')

const server = http.createServer((req, res) => {
  const operations = Number(req.url.slice(1))
  globalThis.gc()
  const heap = process.memoryUsage().heapUsed
  const began = performance.now()
  for (let i = 0; i < operations; i++) {
    channel.traceCallback(callBack, 0, { redis, command: 'get', args: ['user:17'] }, undefined, done)
  }
  const us = ((performance.now() - began) * 1000) / operations
  globalThis.gc()
  const bytes = (process.memoryUsage().heapUsed - heap) / operations
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify({ us, bytes }))
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('disconnect', () => process.exit())
