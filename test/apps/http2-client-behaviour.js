// Does by a client of node:http2 what applications do in life, inside a request, and prints what both sides saw.

const { AsyncLocalStorage } = require('node:async_hooks')
const http = require('node:http')
const http2 = require('node:http2')
const { promisify } = require('node:util')
const { counts } = require('./listeners')

const context = new AsyncLocalStorage()
const seen = []
const see = (...what) => seen.push([...what, context.getStore() ?? 'no context'])
const TRACE = new Set(['traceparent', 'tracestate'])
const own = headers =>
  Object.entries(headers).filter(([name]) => !TRACE.has(name) && name !== 'date' && name !== ':authority')

const peer = http2.createServer((req, res) => {
  seen.push(['peer', req.method, req.url, own(req.headers)])
  if (req.url === '/reset') return req.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
  if (req.url === '/never') return
  if (req.url === '/early') res.writeEarlyHints({ link: '</style.css>; rel=preload' })
  if (req.url === '/trailers') res.setTrailer('x-sum', '1')
  if (req.url === '/push') {
    res.createPushResponse({ ':path': '/pushed' }, (_error, pushed) => pushed?.end('pushed'))
  }
  let body = ''
  req.on('data', chunk => {
    body += chunk
  })
  req.on('end', () => res.end(`answer to ${req.method} ${body}`))
})

const EVENTS = [
  'ready',
  'continue',
  'headers',
  'response',
  'push',
  'trailers',
  'data',
  'end',
  'aborted',
  'error',
  'close'
]

function call(session, headers, options, use = stream => stream.end()) {
  return new Promise(resolve => {
    const events = []
    const stream = session.request(headers, options)
    see('stream', counts(stream), Object.keys(stream).sort().join(), own(stream.sentHeaders ?? {}), stream.pending)
    for (const event of EVENTS) {
      stream.on(event, value => {
        const text = Buffer.isBuffer(value) ? String(value) : value instanceof Error ? value.code : value && own(value)
        events.push([event, text, context.getStore()])
        if (event === 'close') resolve(see('events', events, stream.rstCode))
      })
    }
    use(stream)
  })
}

async function main(_req, res) {
  const { port } = peer.address()
  const session = http2.connect(`http://127.0.0.1:${port}`)
  see('shape', http2.connect.name, http2.connect.length, session.request.name, session.request.length, counts(session))
  see('keys', Object.keys(session).sort().join(), Object.keys(Object.getPrototypeOf(session)).join())
  await context.run('one', call, session, { ':path': '/' })
  await context.run('two', call, session, { ':path': '/two', ':method': 'POST', 'X-Own': ['a', 'b'] }, {}, s =>
    s.end('body')
  )
  await call(session)
  await call(session, { ':path': '/early' })
  await call(session, { ':path': '/trailers' })
  session.on('stream', (pushed, headers) => pushed.resume() && see('pushed', own(headers)))
  await call(session, { ':path': '/push' })
  await call(session, { ':path': '/reset' })
  await call(session, { ':path': '/never' }, {}, stream => stream.close(http2.constants.NGHTTP2_CANCEL))
  await call(session, { ':path': '/never' }, { signal: AbortSignal.abort() })
  await call(session, { ':path': '/never' }, {}, stream => stream.destroy(new TypeError('of the application')))
  await call(session, { ':path': '/head', ':method': 'HEAD' }, { endStream: true })
  for (const [headers, options] of [[1], [{ connection: 'x' }], [{ ':path': '/' }, 1]]) {
    try {
      session.request(headers, options)
    } catch (error) {
      see('threw', error.name, error.code)
    }
  }
  session.close()
  // Nodes differ in how they say no.
  try {
    session.request({}).on('error', error => see('failed', error.code))
  } catch (error) {
    see('threw', error.code)
  }
  const promised = await promisify(http2.connect)(`http://127.0.0.1:${port}`)
  see('promised', promised.constructor.name)
  await call(promised, { ':path': '/' })
  promised.close()
  res.end()
}

peer.listen(0, '127.0.0.1', () => {
  const server = http.createServer((req, res) => context.run('request', main, req, res))
  server.listen(0, '127.0.0.1', () =>
    http.get({ port: server.address().port, host: '127.0.0.1', agent: false }, res =>
      res.resume().on('end', () => {
        server.close()
        peer.close()
        process.stdout.write(seen.map(what => `${JSON.stringify(what)}\n`).join(''))
        if (process.connected) process.disconnect()
      })
    )
  )
})
