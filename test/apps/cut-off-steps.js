// Cuts asynchronous steps off, as HOW says, in a request that is late on a busy loop, and prints what comes of it. Ends by itself.

const { AsyncResource } = require('node:async_hooks')
const http = require('node:http')
const vm = require('node:vm')

const SLOW_MS = 400
const scope = new AsyncResource('TEST')

const ways = {
  'a recursion through scopes'() {
    const dive = () => scope.runInAsyncScope(dive)
    dive()
  },
  'a recursion that is in a scope now and then'() {
    const dive = () => {
      scope.runInAsyncScope(() => {})
      dive()
    }
    dive()
  },
  'a recursion through scopes of many frames'() {
    const dive = frames => (frames === 0 ? scope.runInAsyncScope(dive, undefined, 50) : dive(frames - 1))
    dive(50)
  },
  'a recursion whose errors are handled in a scope'() {
    const dive = () => {
      try {
        dive()
      } catch {
        scope.runInAsyncScope(() => {})
      }
    }
    dive()
    throw new RangeError('handled')
  },
  'a timeout in a promise'() {
    const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' })
    vm.runInContext('Promise.resolve().then(() => { for (;;); })', context, { timeout: 20 })
  }
}

const late = async () => {
  const until = performance.now() + SLOW_MS
  while (performance.now() < until) {
    for (const end = performance.now() + 5; performance.now() < end; );
    await new Promise(setImmediate)
  }
}

const server = http.createServer(async (_req, res) => {
  await late()
  for (let i = 0; i < 3; i++) {
    try {
      ways[process.env.HOW]()
    } catch (error) {
      console.log(error.code ?? error.name)
    }
    await new Promise(setImmediate)
  }
  await late()
  res.end('answered')
})

server.listen(0, '127.0.0.1', async () => {
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/late`)
  console.log(await answer.text())
  server.close()
  server.closeAllConnections()
})
