// What the test programs share. Not the agent: they know nothing of it.

const fs = require('node:fs')
const http = require('node:http')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')

/** Listens on a free port, says which, and ends with the parent: first the server, then whatever `close` closes. */
exports.listen = function listen(server, close = () => {}) {
  server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
  process.once('disconnect', () => server.close(close))
}

/** A plain server: a handler for each path, its result is the body, what it throws is a 500. */
exports.serve = function serve(handlers, close) {
  const server = http.createServer(async (req, res) => {
    const handler = handlers[req.url.split('?')[0]]
    try {
      const body = handler ? await handler(req, res) : `no ${req.url}`
      res.statusCode = handler ? res.statusCode : 404
      if (!res.writableEnded) res.end(typeof body === 'string' ? body : JSON.stringify(body))
    } catch (error) {
      res.statusCode = 500
      res.end(error.message)
    }
  })
  exports.listen(server, close)
  return server
}

/** The port of a server that passes on to that of a database what comes, 300 ms after it was connected to, and serves one client. */
exports.latePort = function latePort(port, host) {
  const server = net.createServer(socket => {
    server.close()
    setTimeout(() => socket.pipe(net.connect(port, host)).pipe(socket), 300)
    socket.on('error', () => {})
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))
}

/** The port of a server that passes on to that of a database what comes, each piece 150 ms later, and serves one client. */
exports.farPort = function farPort(port, host) {
  const server = net.createServer(socket => {
    server.close()
    const database = net.connect(port, host)
    socket.on('data', chunk => setTimeout(() => database.write(chunk), 150))
    database.pipe(socket)
    socket.on('close', () => database.destroy())
    for (const each of [socket, database]) each.on('error', () => {})
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))
}

/**
 * The path of a socket that passes on to a database what comes from one client, but in the midst of what is large takes nothing for 800 ms:
 * the kernel keeps 200 kB of a path's, and some MB of a port's.
 */
exports.thinPath = function thinPath(port, host, name = 'socket') {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'thin-'))
  const server = net.createServer(socket => {
    server.close()
    fs.rmSync(folder, { recursive: true })
    const database = net.connect(port, host)
    let bytes = 0
    socket.on('data', chunk => {
      const before = bytes
      bytes += chunk.length
      database.write(chunk)
      if (before >= LARGE_BYTES || bytes < LARGE_BYTES) return
      socket.pause()
      setTimeout(() => socket.resume(), 800)
    })
    socket.on('end', () => database.end())
    socket.on('error', () => {})
    database.pipe(socket)
  })
  const socketPath = path.join(folder, name)
  return new Promise(resolve => server.listen(socketPath, () => resolve(socketPath)))
}

const LARGE_BYTES = 100_000

/** A million. */
exports.largeText = 'x'.repeat(1e6)
