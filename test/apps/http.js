// Servers of every kind of Node's own: http, https, http2 with and without TLS (ports in this order on the second line).

const fs = require('node:fs')
const http = require('node:http')
const http2 = require('node:http2')
const https = require('node:https')
const path = require('node:path')

const fixture = name => fs.readFileSync(path.join(__dirname, '../fixtures', name))
const tls = { key: fixture('localhost.key'), cert: fixture('localhost.crt') }

function handle(req, res) {
  if (req.url.startsWith('/never')) return
  if (req.url === '/half') return res.write('half')
  setTimeout(() => {
    res.statusCode = req.url.startsWith('/missing') ? 404 : 200
    res.end('late')
  }, 100)
}

const others = [
  https.createServer(tls, handle),
  http2.createServer(handle),
  http2.createSecureServer({ ...tls, allowHTTP1: true }, handle)
]
const server = http.createServer(handle)

Promise.all(
  [server, ...others].map(
    each => new Promise(resolve => each.listen(0, '127.0.0.1', () => resolve(each.address().port)))
  )
).then(([port, ...ports]) => {
  console.log(ports.join(' '))
  console.log(`listening on ${port}`)
})
process.once('disconnect', () => {
  for (const each of [server, ...others]) each.close()
  server.closeAllConnections()
})
