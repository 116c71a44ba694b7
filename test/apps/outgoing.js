// Makes calls of every kind with http.request from inside a request, and prints what the preloaded test/harness/recorder saw:
// a line for each call that was told. The peer's ports are said as PORT and TLSPORT; it answers with traceparent and tracestate.

const fs = require('node:fs')
const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const path = require('node:path')
const { once } = require('node:events')

const fixture = name => fs.readFileSync(path.join(__dirname, '../fixtures', name))
const answer = (req, res) => {
  if (req.url !== '/hang') res.end(`${req.headers.traceparent} ${req.headers.tracestate}`)
}
const peer = http.createServer(answer)
peer.on('upgrade', (_req, socket) =>
  socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n')
)
peer.on('connect', (_req, socket) => socket.end('HTTP/1.1 200 Connected\r\n\r\n'))
const securePeer = https.createServer({ key: fixture('localhost.key'), cert: fixture('localhost.crt') }, answer)

function calls(port, securePort) {
  const to = { host: '127.0.0.1', port, agent: false }
  const one = new http.Agent({ keepAlive: true, maxSockets: 1 })
  /** As proxy agents do: the path becomes a whole URL, and the header is rendered again. */
  class ProxyAgent extends http.Agent {
    addRequest(request, options) {
      request.path = `http://far.example${request.path}`
      super.addRequest(request, options)
      setImmediate(() => {
        request._header = null
        request._implicitHeader()
      })
    }
  }
  return {
    plain: () => http.get({ ...to, path: '/items?page=2' }),
    'by name': () => http.get({ ...to, host: 'localhost' }),
    'by TLS': () => https.get({ ...to, port: securePort, rejectUnauthorized: false }),
    'headers as an array': () => http.get({ ...to, headers: ['host', 'a'] }),
    expect: () => http.request({ ...to, method: 'POST', headers: { expect: '100-continue' } }).end('x'),
    'a Host of its own': () => http.get({ ...to, headers: { host: 'shop.example' } }),
    'no Host': () => http.get({ ...to, headers: { a: '1' }, setHost: false }),
    'a whole URL as path': () => http.get({ ...to, path: 'http://far.example/items' }),
    'an agent that renders again': () => {
      const request = http.request({ ...to, method: 'POST', agent: new ProxyAgent() })
      request.end()
      return request
    },
    'its own traceparent': () => http.get({ ...to, headers: { traceparent: 'theirs' } }),
    'its own connection': () => http.get({ host: 'far', port, createConnection: () => net.connect(port, '127.0.0.1') }),
    upgrade: () => http.get({ ...to, headers: { connection: 'upgrade', upgrade: 'echo' } }),
    connect: () => http.request({ ...to, method: 'CONNECT', path: 'far:443' }).end(),
    'on a kept socket, first': () => http.get({ ...to, agent: one }),
    'on a kept socket, second': () => http.get({ ...to, agent: one }),
    'on a kept socket, a body that comes later': () => {
      const request = http.request({ ...to, method: 'POST', agent: one })
      request.on('socket', () => setImmediate(() => request.end('x')))
      return request
    },
    refused: () => http.get({ ...to, port: 1 }),
    'no such socket': () => http.get({ socketPath: '/none', path: '/items' }),
    'destroyed at once': () => http.get({ ...to, path: '/hang' }).destroy(),
    'destroyed while it waits': () => {
      const request = http.get({ ...to, path: '/hang' })
      request.on('socket', socket => socket.on('connect', () => setImmediate(() => request.destroy())))
      return request
    },
    'events of a mock': () => {
      const request = http.get(to)
      for (const event of ['socket', 'response', 'upgrade']) {
        for (const value of [undefined, null, 1, { connecting: true }]) request.emit(event, value)
      }
      return request
    }
  }
}

/** Settles when the request is closed; the body that came. */
async function bodyOf(request) {
  let body = ''
  const read = response => response?.setEncoding?.('latin1').on('data', text => (body += text))
  request.on('response', read).on('upgrade', read).on('connect', read)
  request.on('error', () => {})
  await new Promise(resolve => request.once('close', resolve))
  return body
}

async function main() {
  for (const server of [peer, securePeer]) await once(server.listen(0, '127.0.0.1'), 'listening')
  const [port, securePort] = [peer, securePeer].map(server => server.address().port)
  const anonymous = text => text.replaceAll(port, 'PORT').replaceAll(securePort, 'TLSPORT')

  const server = http.createServer(async (_req, res) => {
    for (const [title, make] of Object.entries(calls(port, securePort))) {
      const before = globalThis.seen.operations.length
      const received = await bodyOf(make())
      const made = globalThis.seen.operations.slice(before).filter(({ kind }) => kind === 'http')
      for (const { text, target, marks, statusCode, ends } of made) {
        const order = Object.keys(marks).sort((a, b) => marks[a] - marks[b])
        const end = ends[0]?.error?.code ?? (ends.length > 0 ? 'ended' : 'open')
        console.log(anonymous([title, text, target, order.join(' '), statusCode, end, received].join(' | ')))
      }
    }
    res.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  await bodyOf(http.get({ host: '127.0.0.1', port: server.address().port, agent: false }))
  process.exit()
}

main()
