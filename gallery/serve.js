// Runs the app of a case (first argument) as a service of its own: its handlers by path, plain node:http.

const http = require('node:http')
const { app } = require(process.argv[2])

async function main() {
  const { routes, close = () => {} } = await app()
  const server = http.createServer(async (req, res) => {
    try {
      res.end(String(await routes[req.url.split('?')[0]]?.(req, res)))
    } catch (error) {
      res.statusCode = 500
      res.end(error.message)
    }
  })
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
  process.once('disconnect', () => {
    server.close(close)
    server.closeAllConnections()
  })
}

main()
