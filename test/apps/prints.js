// What the application prints of what it began in a request, to the last depth.

const http = require('node:http')
const { inspect } = require('node:util')

const server = http.createServer((_req, res) => {
  const printed = [Promise.resolve(), setTimeout(() => {}, 1), setImmediate(() => {})]
  console.log(printed.map(each => inspect(each, { depth: null })).join('\n'))
  res.end()
  server.close()
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address()
  http.get({ port, agent: false, path: '/secret', headers: { authorization: 'secret' } }, res => res.resume())
})
