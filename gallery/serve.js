// Runs the app of a case (file, variant) as a service of its own: its handlers by path, on plain node:http or on express.

const http = require('node:http')
const { variantOf } = require('./variants.js')

const [, , file, variant] = process.argv
const { app, framework = 'http' } = variantOf(require(file), variant)

async function main() {
  let plantedMs = 0
  const { routes, close = () => {} } = await app({ planted: ms => (plantedMs += ms) })
  const server = http.createServer(frameworks[framework](routes))
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
  process.on('message', () => process.send({ plantedMs }))
  process.once('disconnect', () => {
    server.close(close)
    server.closeAllConnections()
  })
}

const frameworks = {
  http: routes => (req, res) => {
    const handler = routes[req.url.split('?')[0]]
    return handler ? run(handler, req, res) : res.writeHead(404).end()
  },
  express(routes) {
    const express = require('express')
    const served = express()
    for (const [path, handler] of Object.entries(routes)) served.all(path, (req, res) => run(handler, req, res))
    return served
  }
}

/** A handler with (req, res) answers itself, another returns its answer or a promise of it. */
async function run(handler, req, res) {
  if (handler.length === 2) return handler(req, res)
  try {
    res.end(String(await handler(req)))
  } catch (error) {
    res.statusCode = 500
    res.end(error.message)
  }
}

main()
