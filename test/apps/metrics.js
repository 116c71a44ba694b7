// Routes for the tests of metrics: quick ones, slow ones, failing ones, one that calls another service.

const http = require('node:http')

const peer = http.createServer((_req, res) => setTimeout(() => res.end('stock'), 20))
const server = http.createServer(async (req, res) => {
  const { pathname, searchParams } = new URL(req.url, 'http://localhost')
  if (pathname === '/slow') await new Promise(resolve => setTimeout(resolve, 120))
  if (pathname === '/calls') await fetch(`http://127.0.0.1:${peer.address().port}/items/17`)
  if (pathname === '/busy') for (const until = Date.now() + Number(searchParams.get('ms')); Date.now() < until; );
  if (pathname === '/gc') global.gc?.()
  res.statusCode = pathname === '/fails' ? 503 : 200
  res.end('ok')
})

peer.listen(0, '127.0.0.1', () =>
  server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
)
process.on('disconnect', () => {
  server.close()
  peer.close()
  peer.closeAllConnections()
})
