// Preloaded both ways, in each thread: a server is given one request before the program begins, so that the agent follows what happens
// on its behalf (on Node 20 and 22 by a hook on all that is begun). Nothing asynchronous is left of it, or a hook of the program's would
// see it run and not begin; so the agent gets no timer here. Its thread starts, as always, when a server of the program's listens.

const { channel } = require('node:diagnostics_channel')
const http = require('node:http')
const net = require('node:net')
const { isMainThread, parentPort } = require('node:worker_threads')

const timer = { ref: () => timer, unref: () => timer, refresh: () => timer, hasRef: () => false }

function serve() {
  const server = http.createServer(() => {})
  channel('tracing:net.server.listen:asyncStart').publish({ server, options: {} })
  const req = new http.IncomingMessage(new net.Socket())
  Object.assign(req, { method: 'GET', url: '/', httpVersionMajor: 1, httpVersionMinor: 1 })
  server.emit('request', req, new http.ServerResponse(req))
}

// Not in Node's own thread for loader hooks.
if (isMainThread || parentPort) {
  const { setTimeout, setInterval } = globalThis
  globalThis.setTimeout = globalThis.setInterval = () => timer
  serve()
  Object.assign(globalThis, { setTimeout, setInterval })
}
