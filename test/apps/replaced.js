// Replaces each function of the language, and of what Node has made global, one after the other, and does a little of everything
// meanwhile: what takes its place throws (REPLACED=throws) or does nothing (REPLACED=returns) when the agent's code calls it, and is as
// it was for all others. Prints what was called, and of each what was not as before.
//
// The agent is the one of one file for each source, whose fuses do not blow: else the first to fail would hide all others.

const { apply, construct, ownKeys } = Reflect
const { captureStackTrace } = Error
const { getOwnPropertyDescriptor, defineProperty, getPrototypeOf } = Object
const path = require('node:path')
const LIB = path.join(__dirname, '../../dist/lib')
const { includes } = String.prototype
const isOurs = place => apply(includes, place, ['/dist/lib/']) || apply(includes, place, ['/dist/instrumentations/'])

require(path.join(LIB, 'hook/guard.js')).createFuse = name => ({
  name,
  failures: Number.NEGATIVE_INFINITY,
  blown: false
})
require(path.join(LIB, 'register.js'))
const perfagent = require(path.join(LIB, 'index.js'))
const http = require('node:http')
const http2 = require('node:http2')
const net = require('node:net')
const dns = require('node:dns')
const { execFile } = require('node:child_process')
const { EventEmitter } = require('node:events')
const genericPool = require('generic-pool')
const bluebird = require('bluebird')
const { trace } = require('@opentelemetry/api')

const THROWS = process.env.REPLACED !== 'returns'
const ANSWERS_WITHIN_MS = 5000

/** Functions in their places: the holder, the key, and which part of the property it is. By the shortest names. */
function placesOf(roots) {
  const places = new Map()
  const seen = new Set([process, globalThis[Symbol.for('perfagent')]])
  const found = Object.entries(roots)
  const meet = (name, holder) => {
    if (holder !== null && ['object', 'function'].includes(typeof holder) && !seen.has(holder))
      found.push([name, holder])
    seen.add(holder)
  }
  for (const [, root] of found) seen.add(root)
  for (const [name, holder] of found) {
    for (const key of ownKeys(holder)) {
      if (key === 'constructor') continue
      const said = `${name}${typeof key === 'symbol' ? `[${key.description}]` : `${name && '.'}${key}`}`
      const property = getOwnPropertyDescriptor(holder, key)
      for (const part of ['value', 'get', 'set']) {
        const isReplaceable = property.configurable || (part === 'value' && property.writable)
        if (typeof property[part] !== 'function' || !isReplaceable) continue
        places.set(part === 'value' ? said : `${part} ${said}`, { holder, key, part })
      }
      meet(said, 'value' in property || name !== '' ? property.value : holder[key])
    }
    meet(`${name}.__proto__`, getPrototypeOf(holder))
  }
  return places
}

/** Those that no global leads to, or by a name that nobody knows; and of Node's the ones that are replaced in practice. */
const HIDDEN = {
  'Object.prototype': Object.prototype,
  'Function.prototype': Function.prototype,
  'Array Iterator': getPrototypeOf([][Symbol.iterator]()),
  'Map Iterator': getPrototypeOf(new Map()[Symbol.iterator]()),
  'Set Iterator': getPrototypeOf(new Set()[Symbol.iterator]()),
  'String Iterator': getPrototypeOf(''[Symbol.iterator]()),
  'RegExp String Iterator': getPrototypeOf(''.matchAll(/a/g)),
  'Generator Function': getPrototypeOf(function* () {}),
  'Async Generator Function': getPrototypeOf(async function* () {}),
  'Async Function': getPrototypeOf(async () => {}),
  'Typed Array': getPrototypeOf(Int8Array),
  'EventEmitter.prototype': EventEmitter.prototype,
  hrtime: process.hrtime
}

let called
let isActive = false
/** Whether the function that called what took the place of another is the agent's. */
function isCalledByUs(replacement) {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 1
  const place = {}
  captureStackTrace(place, replacement)
  Error.stackTraceLimit = limit
  return isOurs(place.stack)
}

/** Returns its undo. `met` is told that the agent called it; what it returns, if that is not undefined, is what happens then. */
function replace({ holder, key, part }, met) {
  const before = getOwnPropertyDescriptor(holder, key)
  const original = before[part]
  // Some of Node's own are made when they are first asked for.
  if (typeof original !== 'function') return () => {}
  const replacement = new Proxy(original, {
    apply: function applied(_target, self, args) {
      return isActive && isCalledByUs(applied) && met() ? undefined : apply(original, self, args)
    },
    construct: function constructed(_target, args, target) {
      if (isActive && isCalledByUs(constructed)) met()
      return construct(original, args, target === replacement ? original : target)
    }
  })
  defineProperty(holder, key, { ...before, [part]: replacement })
  return () => defineProperty(holder, key, before)
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const bodyOf = async stream => {
  let body = ''
  for await (const piece of stream) body += piece
  return body
}
const pool = genericPool.createPool({ create: async () => ({}), destroy: async () => {} }, { max: 1 })
const tracer = trace.getTracer('test')

const ANSWERS = {
  '/hello': (_req, res) => res.end('hello'),
  async '/echo'(req, res) {
    res.end(String((await bodyOf(req)).length))
  },
  async '/big'(_req, res) {
    for (let i = 0; i < 20; i++)
      if (!res.write('x'.repeat(65_536))) await new Promise(resolve => res.once('drain', resolve))
    res.end()
  },
  async '/busy'(_req, res) {
    for (let i = 0; i < 6; i++) {
      const until = performance.now() + 8
      while (performance.now() < until);
      await pause(1)
    }
    res.end('busy')
  },
  async '/work'(_req, res) {
    const found = []
    const { port } = server.address()
    const peer = `http://127.0.0.1:${port}/hello`
    found.push(
      await new Promise((resolve, reject) =>
        http.get(peer, { agent: false }, answer => resolve(bodyOf(answer))).on('error', reject)
      )
    )
    found.push(
      await new Promise(resolve =>
        http.get({ port: 1, host: '127.0.0.1', agent: false }).on('error', error => resolve(error.code))
      )
    )
    found.push(await (await fetch(peer, { headers: { connection: 'close' } })).text())
    found.push(
      await fetch(peer, { method: 'POST', body: 'x', headers: { connection: 'close' } }).then(({ status }) => status)
    )
    perfagent.annotate('tenant', 'acme')
    found.push(perfagent.operation('sum', () => 1 + 1))
    found.push(await perfagent.operation('fails', () => Promise.reject(new Error('own'))).catch(error => error.message))
    found.push(await perfagent.request('job', async () => 'job'))
    found.push(
      await tracer.startActiveSpan('span', async span => {
        span.setAttribute('a', 1)
        span.end()
        return 'span'
      })
    )
    const held = await pool.acquire()
    const waits = pool.acquire()
    await pool.release(held)
    await pool.release(await waits)
    found.push(await bluebird.delay(1).then(() => 'bluebird'))
    found.push(await dns.promises.lookup('127.0.0.1').then(({ address }) => address))
    found.push(await new Promise(resolve => execFile('/bin/true', error => resolve(error === null))))
    const session = http2.connect(`http://127.0.0.1:${h2.address().port}`)
    found.push(await bodyOf(session.request({ ':path': '/work' })))
    session.close()
    console.log('said')
    await pause(30)
    res.end(JSON.stringify(found))
  }
}
const answer = (req, res) =>
  (ANSWERS[req.url.split('?')[0]] ?? ANSWERS['/hello'])(req, res)?.catch?.(error => res.end(`failed: ${error?.stack}`))
const server = http.createServer(answer)
const h2 = http2.createServer(async (req, res) => res.end(`over ${req.httpVersion}`))

const troubles = []
process.on('uncaughtException', error => troubles.push(`uncaught ${error?.stack}`))
process.on('unhandledRejection', error => troubles.push(`unhandled ${error?.stack}`))

/** By a socket: the agent has nothing to do with those who ask. */
const ask = (url, body = '') =>
  new Promise(resolve => {
    let answer = ''
    const socket = net.connect(server.address().port, '127.0.0.1').setEncoding('utf8')
    const timer = setTimeout(() => socket.destroy(new Error('late')), ANSWERS_WITHIN_MS)
    socket.on('data', text => {
      answer += text
    })
    socket.on('error', error => {
      answer += error.message
    })
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(
        `${url} ${answer
          .replace(/^date: .*\r\n/im, '')
          .slice(-1500)
          .replaceAll('x'.repeat(100), '')}`
      )
    })
    const head = `${body ? 'POST' : 'GET'} ${url} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n`
    const trace = `traceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01\r\ntracestate: a=b\r\nbaggage: c=d\r\n`
    socket.write(`${head}${trace}content-length: ${body.length}\r\n\r\n${body}`)
  })

async function round() {
  return await Promise.all([
    ask('/hello'),
    ask('/hello?x=1'),
    ask('/echo', 'x'.repeat(300_000)),
    ask('/work'),
    ask('/big'),
    ask('/busy'),
    ask('/none/17')
  ])
}

async function main() {
  console.log = () => {}
  for (let i = 0; i < 3; i++) await round()
  const expected = await round()
  const places = placesOf({ ...HIDDEN, '': globalThis })
  called = new Set()
  const undo = [...places].map(([name, place]) => replace(place, () => void called.add(name)))
  isActive = true
  for (let i = 0; i < 2; i++) await round()
  isActive = false
  for (const step of undo.reverse()) step()

  const found = {}
  const wanted = process.argv.slice(2)
  for (const name of wanted.length > 0 ? wanted : called) {
    let calls = 0
    const undo = replace(places.get(name), () => {
      calls++
      if (THROWS) throw new Error(`replaced ${name}`)
      return true
    })
    isActive = true
    const answers = await round().catch(error => [error.stack])
    isActive = false
    undo()
    for (const [i, answer] of answers.entries()) if (answer !== expected[i]) troubles.push(answer)
    found[name] = { calls, troubles: troubles.splice(0) }
  }
  return { places: places.size, found }
}

server.listen(0, '127.0.0.1', () =>
  h2.listen(0, '127.0.0.1', async () => {
    const result = await main().catch(error => ({ failed: error.stack }))
    require('node:fs').writeSync(1, JSON.stringify(result))
    process.exit(0)
  })
)
