// Uses up all file descriptors before its server listens, as a service does that leaks them, and answers none the less.

const fs = require('node:fs')
const http = require('node:http')

const server = http.createServer((_req, res) => setTimeout(() => res.end('hello'), 50))
const client = http.get
const held = []

server.on('listening', () => {
  // Some are left for the connection itself.
  for (let i = 0; i < 8; i++) fs.closeSync(held.pop())
  client({ port: server.address().port, host: '127.0.0.1', agent: false }, response => {
    fs.writeSync(1, `answered ${response.statusCode}\n`)
    response.resume()
    response.on('end', () => process.exit(0))
  }).on('error', error => fs.writeSync(2, `${error.stack}\n`))
})
const limit = Number(process.report.getReport().userLimits.open_files.soft)
server.listen(0)
// The socket is bound by now, since no name had to be looked up; 'listening' comes on the next tick.
try {
  for (let i = 0; i < limit; i++) held.push(fs.openSync('/dev/null'))
} catch {}
