// Preloaded both ways: the whole program runs on behalf of one request that is never answered, so that each call of a driver is one of
// that request's. Its server listens, or the agent's thread would not start, and keeps no process alive.

const http = require('node:http')
const { Module } = require('node:module')
const net = require('node:net')

const { runMain } = Module
Module.runMain = (...args) => {
  const server = http.createServer(() => runMain(...args))
  server.listen(0, '127.0.0.1').unref()
  const req = new http.IncomingMessage(new net.Socket())
  Object.assign(req, { method: 'GET', url: '/', httpVersionMajor: 1, httpVersionMinor: 1 })
  server.emit('request', req, new http.ServerResponse(req))
}
