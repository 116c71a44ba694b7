// Sends requests of every kind to servers of every kind, and prints what the preloaded test/harness/recorder saw: a line for
// each case, with each request's path, status, end, and whether its handler ran in its own context from beginning to end.

const fs = require('node:fs')
const http = require('node:http')
const http2 = require('node:http2')
const https = require('node:https')
const net = require('node:net')
const path = require('node:path')
const { EventEmitter, once } = require('node:events')
const { setImmediate: turn, setTimeout: sleep } = require('node:timers/promises')

const fixture = name => fs.readFileSync(path.join(__dirname, '../fixtures', name))
const tls = { key: fixture('localhost.key'), cert: fixture('localhost.crt') }

const lost = new Set()

async function handle(req, res) {
  if (!req?.url || req.url === '/fake') return
  const { seen } = globalThis
  begins.emit('request')
  const own = seen.current()
  if (own?.path !== req.url) lost.add(req.url)
  if (req.url === '/reads') {
    const check = () => own === seen.current() || lost.add('/reads in an event of its body')
    req.on('data', check).on('end', check)
    await once(req, 'end')
  }
  await turn()
  if (req.url === '/waits') await sleep(30)
  if (own !== seen.current()) lost.add(`${req.url} after a turn`)
  if (req.url === '/never') return
  if (req.url === '/half') return res.write('half')
  if (req.url === '/destroys') return res.destroy()
  if (req.url === '/takes-the-socket') {
    const { socket } = req
    res.detachSocket(socket)
    return socket.end('HTTP/1.1 204 No Content\r\n\r\n')
  }
  if (req.url === '/pushes') await pushOne(res)
  if (req.url === '/late') await once(res, 'close')
  res.end(req.url === '/large' ? Buffer.alloc(50_000_000) : 'answer')
}

/** The pushed answer is of the request that it was promised in. */
async function pushOne(res) {
  const pushed = await new Promise(resolve =>
    res.createPushResponse({ ':path': '/pushed' }, (_, made) => resolve(made))
  )
  pushed.end('pushed')
  await once(pushed, 'close')
  if (globalThis.seen.current()?.path !== res.req.url) lost.add('/pushes after its push')
}

/** As `handle`, for servers that listen to 'stream' alone. */
async function handleStream(stream, headers) {
  const { seen } = globalThis
  begins.emit('request')
  const path = headers[':path']
  const own = seen.current()
  if (own?.path !== path) lost.add(path)
  const check = event => own === seen.current() || lost.add(`${path} in '${event}'`)
  for (const event of ['aborted', 'close', 'finish', 'error']) stream.on(event, () => check(event))
  if (path === '/reads') {
    for (const event of ['data', 'end']) stream.on(event, () => check(event))
    await once(stream, 'end')
  }
  await turn()
  check('a turn')
  if (path === '/never') return
  if (path === '/resets') return stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
  if (path === '/file') return stream.respondWithFile(__filename)
  if (path === '/pushes') {
    const pushed = await new Promise(resolve => stream.pushStream({ ':path': '/pushed' }, (_, made) => resolve(made)))
    pushed.respond({ ':status': 200 })
    pushed.end('pushed')
    await once(pushed, 'close')
    check('a push')
  }
  stream.respond({ ':status': path === '/missing' ? 404 : 200 }, { endStream: path === '/no-body' })
  if (path === '/half') return stream.write('half')
  if (path !== '/no-body') stream.end('answer')
}

/** Of requests of which a handler knows. */
const begins = new EventEmitter()

const server = http.createServer(handle)
const secure = https.createServer(tls, handle)
const server2 = http2.createServer(handle)
const secure2 = http2.createSecureServer({ ...tls, allowHTTP1: true }, handle)
const streams = http2.createServer().on('stream', handleStream)
const secureStreams = http2.createSecureServer(tls).on('stream', handleStream)
for (const each of [server, secure2]) {
  each.on('checkContinue', (req, res) => {
    res.writeContinue()
    each.emit('request', req, res)
  })
  each.on('upgrade', (_req, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
  each.on('connect', (_req, socket) => socket.end('HTTP/1.1 200 Connected\r\n\r\n'))
}

// Its listener comes after Node's, which parses the piece and so begins the request.
secure.on('secureConnection', socket => {
  socket.on('data', () => globalThis.seen.current() && lost.add('what comes after the first turn is in the request'))
})
const front = http.createServer((...exchange) => setImmediate(() => server.emit('request', ...exchange)))

/** Holds back the first and emits two in one go. */
const late = http.createServer(handle)
const held = []
late.emit = (...args) => {
  const { emit } = http.Server.prototype
  if (args[0] !== 'request') return emit.apply(late, args)
  if (held.push(args) === 2) for (const each of held.splice(0)) emit.apply(late, each)
  return true
}

/** Sends requests in one packet; leaves `patience` ms after the first has begun, or when the other side closes. */
async function raw(requests, patience) {
  const socket = net.connect(server.address().port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    requests.map(([line, ...headers]) => [`${line} HTTP/1.1`, 'host: a', ...headers, '', ''].join('\r\n')).join('')
  )
  if (!patience) socket.resume()
  else begins.once('request', () => setTimeout(() => socket.destroy(), patience))
  await once(socket, 'close')
}
const LAST = 'connection: close'

const get = async (module, at, path) => {
  const to = { host: '127.0.0.1', port: at.address().port, path, agent: false, rejectUnauthorized: false }
  const [response] = await once(module.get(to), 'response')
  await response.resume().toArray()
}

/** One stream of HTTP/2, given up `patience` ms after it has begun. */
async function stream(at, scheme, headers, patience, body) {
  const session = http2.connect(`${scheme}://127.0.0.1:${at.address().port}`, { rejectUnauthorized: false })
  if (headers[':protocol']) await once(session, 'remoteSettings')
  const request = session.request(headers)
  request.on('error', () => {}).resume()
  if (body) request.end(body)
  const leave = () => request.close(http2.constants.NGHTTP2_CANCEL)
  if (patience) begins.once('request', () => setTimeout(leave, patience))
  await new Promise(resolve => request.once('close', resolve))
  session.close()
}

const tunnels = { settings: { enableConnectProtocol: true } }
const ends = http2.createServer(tunnels).on('stream', stream => stream.respond({ ':status': 200 }, { endStream: true }))
const both = http2.createServer(handle).on('stream', () => {})

const onceBy = async (at, headers) => {
  await once(at.listen(0, '127.0.0.1'), 'listening')
  await stream(at, 'http', headers)
  at.close()
}

const emitted = (request, response) => server.emit('request', request, response)

const CASES = {
  'one after another on a connection': () => raw([['GET /a'], ['GET /b', LAST]]),
  'three in one packet': () => raw([['GET /a'], ['GET /waits'], ['GET /c', LAST]]),
  'three in one packet, client leaves': () => raw([['GET /a'], ['GET /never'], ['GET /c']], 50),
  'client leaves before the answer': () => raw([['GET /never']], 50),
  'client leaves within the answer': () => raw([['GET /half']], 50),
  'client leaves and the answer comes then': () => raw([['GET /late']], 50),
  'client leaves a large answer': () => raw([['GET /large']], 50),
  'client leaves its upload': () => raw([['POST /never', 'content-length: 10']], 50),
  'a body read by its events': () => raw([['POST /reads', 'content-length: 2', LAST, '', 'hi']]),
  'response destroyed': () => raw([['GET /destroys']]),
  'socket taken': () => raw([['GET /takes-the-socket', LAST]]),
  '100-continue': () => raw([['POST /a', 'expect: 100-continue', 'content-length: 0', LAST]]),
  upgrade: () => raw([['GET /a', 'connection: upgrade', 'upgrade: echo']]),
  connect: () => raw([['CONNECT a:1']]),
  'passed on to another server': () => get(http, front, '/a'),
  'two at once, later': () => Promise.all([get(http, late, '/a'), get(http, late, '/waits')]),
  https: () => get(https, secure, '/a'),
  'HTTP/1 at a server of http2': () => get(https, secure2, '/a'),
  http2: () => stream(server2, 'http', { ':path': '/a' }),
  'http2, secure': () => stream(secure2, 'https', { ':path': '/a' }),
  'http2, 100-continue': () => stream(secure2, 'https', { ':path': '/a', expect: '100-continue' }),
  'http2, client leaves before the answer': () => stream(server2, 'http', { ':path': '/never' }, 50),
  'http2, client leaves within the answer': () => stream(secure2, 'https', { ':path': '/half' }, 50),
  'http2, a server that pushes': () => stream(server2, 'http', { ':path': '/pushes' }),
  ...Object.fromEntries(
    ['/a', '/missing', '/no-body', '/file', '/resets', '/pushes'].map(path => [
      `http2 streams, ${path}`,
      () => stream(streams, 'http', { ':path': path })
    ])
  ),
  'http2 streams, a body read by its events': () =>
    stream(streams, 'http', { ':method': 'POST', ':path': '/reads' }, undefined, 'hi'),
  'http2 streams, secure': () => stream(secureStreams, 'https', { ':path': '/a' }),
  'http2 streams, client leaves before the answer': () => stream(streams, 'http', { ':path': '/never' }, 50),
  'http2 streams, client leaves within the answer': () => stream(secureStreams, 'https', { ':path': '/half' }, 50),
  'http2 streams, connect': () => stream(streams, 'http', { ':method': 'CONNECT', ':authority': 'a:1' }),
  'http2 streams, connect of a WebSocket': () =>
    onceBy(ends, { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/a' }),
  'http2 streams, of gRPC': () => onceBy(ends, { ':path': '/a', 'content-type': 'application/grpc' }),
  'http2 streams, of a server that listens to requests as well': () => onceBy(both, { ':path': '/a' }),
  'http2 streams that are none': () => {
    for (const args of [[], [null, {}, 0, []], [{ rstCode: 0 }, { ':method': 'GET', ':path': '/' }, 0, []]])
      http2
        .createServer()
        .on('stream', () => {})
        .emit('stream', ...args)
  },
  'objects that are no requests': () => {
    for (const pair of [[], [null, null], [{}, {}], ['GET', 1]]) emitted(...pair)
    for (const headers of [{}, null]) emitted({ method: 'GET', url: '/fake', headers }, { end() {} })
    emitted({ method: 'GET', url: '/fake', headers: {} }, new http.ServerResponse({ method: 'GET' }))
  }
}

async function main() {
  const { seen } = globalThis
  for (const each of [server, secure, server2, secure2, front, late, streams, secureStreams])
    await once(each.listen(0, '127.0.0.1'), 'listening')
  for (const [title, run] of Object.entries(CASES)) {
    await run()
    const begun = seen.requests.splice(0)
    while (begun.some(({ outcomes }) => outcomes.length === 0)) await turn()
    const told = begun.map(({ method, path, outcomes: [{ statusCode, aborted }] }) =>
      [method, path, statusCode ?? '-', aborted ? 'aborted' : 'finished'].join(' ')
    )
    console.log([title, ...told, ...lost].join(' | '))
    lost.clear()
  }
  process.exit()
}

main()
