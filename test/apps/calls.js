// Calls a peer (PEER_URL) in the ways that programs do. SILENT_URL: where a handshake never ends. LIBRARIES: the
// folder whose undici is meant.

const http = require('node:http')
const { AsyncResource } = require('node:async_hooks')
const https = require('node:https')
const net = require('node:net')
const { createRequire } = require('node:module')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { serve } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const { Agent, Pool, request } = from('undici')

const peer = process.env.PEER_URL
const one = new http.Agent({ maxSockets: 1 })
/** As a proxy's agent does, which has to ask the proxy first. */
class Tunnel extends http.Agent {
  createSocket(...args) {
    setTimeout(() => super.createSocket(...args), 100)
  }
}
const tunnel = new Tunnel()
const narrow = new Tunnel({ maxSockets: 1 })
/** None of Node's, as those of `agent-base` up to 6; `tunnel` lets its calls wait in such a row. */
class Foreign {
  constructor(size) {
    this.free = size
    this.requests = []
  }
  addRequest(request, { host, port }) {
    if (this.free === 0) return this.requests.push({ request, host, port })
    this.free--
    request.once('close', () => {
      this.free++
      const next = this.requests.shift()
      if (next) this.addRequest(next.request, next)
    })
    setTimeout(() => request.onSocket(net.connect(port, host)), 100)
  }
}
const foreign = new Foreign(Number.POSITIVE_INFINITY)
const foreignAndFull = new Foreign(1)
const dispatcher = new Agent({ connections: 1, pipelining: 1 })

/** What begins in it is no request's. */
const outside = new AsyncResource('OUTSIDE')
/** For calls of others to have the only socket. */
const kept = new http.Agent({ maxSockets: 1 })
const keeper = new Pool(peer, { connections: 1 })
let holding = 0
const held = async call => {
  holding++
  await call().finally(() => holding--)
  return 'late'
}
const behind = async call => {
  while (holding === 0) await sleep(1)
  return call()
}

const large = Buffer.alloc(8e6)

const putLarge = () =>
  new Promise((resolve, reject) => {
    const call = http.request(`${peer}/reads-late`, { method: 'PUT' }, response =>
      response.on('end', () => resolve('read')).resume()
    )
    call.on('error', reject).end(large)
  })

const get = (path, options) =>
  new Promise((resolve, reject) => {
    http
      .get(peer + path, options, response => {
        let body = ''
        response.setEncoding('utf8').on('data', text => (body += text))
        response.on('end', () => resolve(body))
        response.on('error', reject)
      })
      .on('error', reject)
  })

serve(
  {
    '/http': () => get('/late?token=sesame'),
    '/http-alone': () => get('/late', { agent: false }),
    '/http-body': () => get('/slow-body'),
    '/http-queued': () => Promise.all([get('/late', { agent: one }), get('/late', { agent: one })]).then(String),
    '/http-holds': () => held(() => get('/late?token=sesame', { agent: kept })),
    '/http-behind': () => behind(() => get('/items/1', { agent: kept })),
    '/http-behind-a-job': () => {
      void outside.runInAsyncScope(held, undefined, () => get('/late', { agent: kept }))
      return behind(() => sleep(5).then(() => get('/items/1', { agent: kept })))
    },
    '/http-tunnel': () => get('/headers', { agent: tunnel }),
    '/http-tunnel-queued': async () => {
      const first = get('/late', { agent: narrow })
      while (narrow.totalSocketCount === 0) await sleep(1)
      return String(await Promise.all([first, get('/late', { agent: narrow })]))
    },
    '/http-foreign': () => get('/headers', { agent: foreign }),
    '/http-foreign-queued': () =>
      Promise.all([1, 2].map(() => get('/late', { agent: foreignAndFull, headers: { connection: 'close' } }))).then(
        String
      ),
    '/http-error': () => get('/late').then(() => get('/reset').catch(error => error.code)),
    '/http-stuck': () =>
      new Promise(resolve => {
        const call = https.get(process.env.SILENT_URL, { agent: false }).on('error', error => resolve(error.code))
        setTimeout(() => call.destroy(), 100)
      }),
    '/fetch': async () => (await fetch(`${peer}/late?token=sesame`)).text(),
    '/fetch-behind': async () => {
      for await (const _piece of (await fetch(`${peer}/large`)).body) await sleep(5)
      return 'read'
    },
    '/undici': async () => (await request(`${peer}/late`)).body.text(),
    '/fetch-hints': async () => (await fetch(`${peer}/hints`)).text(),
    '/undici-hints': async () => (await request(`${peer}/hints`)).body.text(),
    '/undici-queued': () =>
      Promise.all([1, 2].map(async () => (await request(`${peer}/late`, { dispatcher })).body.text())).then(String),
    '/undici-holds': () => held(async () => (await request(`${peer}/late`, { dispatcher: keeper })).body.text()),
    '/undici-behind': () => behind(async () => (await request(`${peer}/items/1`, { dispatcher: keeper })).body.text()),
    '/undici-behind-a-job': () => {
      const call = async () => (await request(`${peer}/late`, { dispatcher: keeper })).body.text()
      void outside.runInAsyncScope(held, undefined, call)
      return behind(() =>
        sleep(5).then(async () => (await request(`${peer}/items/1`, { dispatcher: keeper })).body.text())
      )
    },
    '/http-large': putLarge,
    '/fetch-large': async () => (await fetch(`${peer}/reads-late`, { method: 'PUT', body: large })).text(),
    '/undici-large': async () => (await request(`${peer}/reads-late`, { method: 'PUT', body: large })).body.text(),
    '/n-plus-one': async () => {
      for (let i = 0; i < 20; i++) await get(`/items/${i}`)
      return 'done'
    },
    '/seen': async () =>
      JSON.stringify([
        JSON.parse(await get('/headers')),
        await (await fetch(`${peer}/headers`)).json(),
        await get('/late')
      ])
  },
  () => {
    one.destroy()
    kept.destroy()
    dispatcher.destroy()
    keeper.destroy()
  }
)
