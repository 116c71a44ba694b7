// Answers after a while; tells how late its timers came since the last time it was asked (p99), and how many names were looked up on
// its main thread.

const { createHook } = require('node:async_hooks')
const dns = require('node:dns')
const http = require('node:http')
const { monitorEventLoopDelay } = require('node:perf_hooks')
const { listen } = require('./lib')

let lookups = 0
createHook({
  init(_id, type) {
    if (type === 'GETADDRINFOREQWRAP') lookups++
  }
}).enable()
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()

listen(
  http.createServer((req, res) => {
    if (req.url === '/lookup') return dns.lookup('localhost', () => res.end('found'))
    if (req.url !== '/delay') return setTimeout(() => res.end('late'), 20)
    res.end(JSON.stringify({ p99Ms: delay.percentile(99) / 1e6, lookups }))
    delay.reset()
  })
)
