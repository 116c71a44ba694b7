// Requests whose callers ask before they send their bodies (Expect: 100-continue), by HTTP/1 and HTTP/2; the second's port is answered by /http2.

const http = require('node:http')
const http2 = require('node:http2')
const { listen } = require('./lib')

const PAUSE_MS = 300

function checkContinue(req, res) {
  let size = 0
  req.on('data', piece => {
    size += piece.length
  })
  req.on('end', () => res.end(String(size)))
  if (req.url === '/held') setTimeout(() => res.writeContinue(), PAUSE_MS)
  else if (req.url === '/told') res.writeContinue()
}

const second = http2
  .createServer((_req, res) => res.end())
  .on('checkContinue', checkContinue)
  .listen(0, '127.0.0.1')
second.unref()
listen(http.createServer((_req, res) => res.end(String(second.address().port))).on('checkContinue', checkContinue))
