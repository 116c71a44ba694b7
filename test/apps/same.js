// What a program can notice of its own running, printed: the way errors come, the order of callbacks, what keeps it alive, what
// warns. Nothing in it differs between two runs. `natural` ends by itself; nothing closes what the agent may have opened.

const http = require('node:http')
const { once, EventEmitter } = require('node:events')
const { executionAsyncId } = require('node:async_hooks')
const express = require('express')
const perfagent = require('perfagent')

const seen = []
const say = (...parts) => seen.push(parts)
const lists = emitter =>
  emitter
    .eventNames()
    .map(name => `${String(name)}${emitter.listenerCount(name)}`)
    .sort()
    .join()

process.on('warning', warning => say('warning', warning.name, warning.message))
process.on('beforeExit', () => {
  if (!process.exitCode) say('beforeExit')
  process.exitCode = 0
})
process.on('unhandledRejection', (error, promise) => say('unhandled', error.message, promise instanceof Promise))

/** Ends in a RangeError, from whatever depth, through whatever is wrapped. */
function deep(work) {
  const dive = () => {
    work()
    return dive()
  }
  try {
    dive()
  } catch (error) {
    return [error.constructor.name, error instanceof RangeError, error.message]
  }
}

const app = express()
app.use((_req, _res, next) => next())
app.get('/overflow', (_req, res) => {
  say('overflow', ...deep(() => {}))
  say('overflow in emit', ...deep(() => server.emit('nothing')))
  say('overflow in operation', ...deep(() => perfagent.operation('x', () => 1)))
  say(
    'overflow by operation',
    ...deep(function again() {
      perfagent.operation('x', again)
    })
  )
  for (let i = 0; i < 5; i++) say('overflow in emit of a response', ...deep(() => res.emit('nothing')))
  const names = []
  for (const name in res) names.push(name)
  say('for in', names.sort().join())
  res.end('overflow')
})
app.get('/order', (_req, res) => {
  const order = []
  setImmediate(() => order.push('immediate'))
  Promise.resolve().then(() => order.push('promise'))
  process.nextTick(() => order.push('tick'))
  queueMicrotask(() => order.push('microtask'))
  perfagent.operation('work', async () => order.push('begun')).then(() => order.push('operation'))
  order.push('sync')
  setTimeout(() => {
    say('order', order.join(' '))
    res.end('order')
  }, 20)
})
app.get('/rejects', (_req, res) => {
  perfagent.operation('fails', () => Promise.reject(new Error('nobody waits for this')))
  fetch('http://127.0.0.1:1/')
  setTimeout(() => res.end('rejects'), 50)
})
app.get('/stack', (_req, res) => {
  const own = new Error('here').stack
    .split('\n')
    .filter(line => /perfagent|dist.lib|instrumentations/.test(line)).length
  say('stack', own <= 4, Error.stackTraceLimit, Error.prepareStackTrace === undefined)
  Error.prepareStackTrace = (_error, frames) => frames.length > 0
  say('own prepareStackTrace', new Error('x').stack)
  Error.prepareStackTrace = undefined
  res.end('stack')
})
app.get('/throws', () => {
  throw Object.assign(new Error('thrown'), { status: 418, expose: true })
})
app.get('/listeners', (req, res) => {
  say('listeners', lists(req), lists(res), lists(req.socket), lists(server))
  say('max', req.getMaxListeners(), res.getMaxListeners(), EventEmitter.defaultMaxListeners)
  for (let i = 0; i < 11; i++) res.on('custom', () => {})
  say('own', Object.keys(req).join(), Object.keys(res).join(), Object.keys(req.headers).join())
  for (const key in res) if (/perfagent/i.test(key)) say('enumerated', key)
  res.end('listeners')
})
app.use((error, _req, res, _next) => res.status(error.status ?? 500).end(error.message))

const server = http.createServer(app)

async function main() {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  const ask = path =>
    new Promise((resolve, reject) => {
      http
        .get({ port, host: '127.0.0.1', path, agent: false }, async response => {
          let body = ''
          for await (const chunk of response) body += chunk
          resolve([path, response.statusCode, body, response.rawHeaders.filter((_, i) => i % 2 === 0).join()])
        })
        .on('error', reject)
    })
  for (const path of ['/overflow', '/order', '/rejects', '/stack', '/throws', '/listeners', '/none'])
    say(await ask(path))
  say('id', executionAsyncId() >= 0)
  await new Promise(resolve => server.close(resolve))
  await new Promise(setImmediate)
  await new Promise(resolve => setTimeout(resolve, 50))
  say(
    'alive',
    process
      .getActiveResourcesInfo()
      .filter(name => !/Timeout|TTYWrap|PipeWrap|Pipe|FSReq/.test(name))
      .join()
  )
  say(
    'handles',
    process
      ._getActiveHandles()
      .map(handle => handle.constructor.name)
      .filter(name => !/^(Socket|Pipe|WriteStream)$/.test(name))
      .join()
  )
  process.disconnect?.()
}

process.once('exit', code => {
  say('exit', code)
  require('node:fs').writeSync(1, `${JSON.stringify(seen, null, 1)}\n`)
})
main()
