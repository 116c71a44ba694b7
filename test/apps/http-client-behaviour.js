// Does with http.request and fetch what programs do in life, and prints what it saw; see http-behaviour.js.

const http = require('node:http')
const https = require('node:https')
const { once } = require('node:events')
const { counts } = require('./listeners')

const seen = []

const server = http.createServer((req, res) => {
  const { traceparent, tracestate, ...headers } = req.headers
  if (req.url === '/hang') return
  if (req.url === '/reset') return req.socket.resetAndDestroy()
  if (req.url === '/half')
    return res.writeHead(200, { 'content-length': '10' }).write('half', () => req.socket.destroy())
  if (req.url === '/redirect') return res.writeHead(302, { location: '/' }).end()
  if (req.url === '/early') res.writeEarlyHints({ link: '</style.css>; rel=preload' })
  if (req.url === '/drip') return res.write('drop')
  if (req.url === '/trailers') {
    res.writeHead(200, { trailer: 'x-sum' })
    res.addTrailers({ 'x-sum': '1' })
  }
  res.end(JSON.stringify({ method: req.method, headers: Object.keys(headers), own: traceparent === 'mine' }))
})

server.on('upgrade', (_req, socket) =>
  socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\nhi')
)
server.on('connect', (_req, socket) => socket.end('HTTP/1.1 200 Connected\r\n\r\nhi'))

const EVENTS = 'socket continue information response upgrade connect finish error abort timeout close'.split(' ')

/** All events of a request, in order, until it is closed; who listens to it, and to its socket when the answer came. */
async function events(request, names = EVENTS) {
  const order = []
  const listeners = []
  for (const name of names) {
    request.on(name, value => {
      order.push(name === 'error' ? `error ${value.code ?? value.message}` : name)
      if (name !== 'response') return
      listeners.push(counts(request.socket))
      value.on('error', error => order.push(`body ${error.code}`)).resume()
      value.on('end', () => order.push(`end ${JSON.stringify(value.trailers)}`))
    })
  }
  listeners.push(counts(request))
  await once(request, 'close').catch(() => {})
  return [order.join(), ...listeners]
}

const failure = async work => {
  try {
    return await work()
  } catch (error) {
    return `${error.name} ${error.code ?? error.cause?.code ?? error.message}`
  }
}

async function main() {
  // Another server listens first: with an agent, everything is hooked from here on.
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  const base = { host: '127.0.0.1', port, agent: false }
  const kept = new http.Agent({ keepAlive: true })

  const work = http.createServer(async (_req, res) => {
    for (const [title, make] of Object.entries({
      plain: () => http.get({ ...base, path: '/' }),
      post: () => http.request({ ...base, method: 'POST', path: '/' }).end('body'),
      chunked: () => {
        const request = http.request({ ...base, method: 'POST', path: '/' })
        request.write('one')
        setImmediate(() => request.end('two'))
        return request
      },
      'headers as array': () => http.get({ ...base, headers: ['x-one', '1', 'host', 'a'] }),
      'frozen options': () => http.get(Object.freeze({ ...base, headers: Object.freeze({ 'x-one': '1' }) })),
      'own traceparent': () => http.get({ ...base, headers: { traceparent: 'mine' } }),
      refused: () => http.get({ host: '127.0.0.1', port: 1, agent: false }),
      reset: () => http.get({ ...base, path: '/reset' }),
      half: () => http.get({ ...base, path: '/half' }),
      aborted: () => {
        const request = http.get({ ...base, path: '/hang' })
        request.once('finish', () => setTimeout(() => request.destroy(), 30))
        return request
      },
      'timed out': () =>
        http
          .get({ ...base, path: '/hang', timeout: 300 }, () => {})
          .on('timeout', function () {
            this.destroy()
          }),
      'kept alive': () => http.get({ ...base, agent: kept }),
      'kept alive, again': () => http.get({ ...base, agent: kept }),
      expect: () => http.request({ ...base, method: 'POST', headers: { expect: '100-continue' } }).end('x'),
      'early hints': () => http.get({ ...base, path: '/early' }),
      trailers: () => http.get({ ...base, path: '/trailers' }),
      'aborted at once': () => http.get({ ...base, path: '/hang' }).destroy(),
      'aborted at once, with an error': () => http.get({ ...base, path: '/hang' }).destroy(new Error('enough')),
      'aborted with its socket': () => {
        const request = http.get({ ...base, path: '/hang' })
        return request.once('socket', () => request.abort())
      },
      'aborted when connected': () => {
        const request = http.get({ ...base, path: '/hang' })
        return request.once('socket', socket => socket.on('connect', () => request.destroy()))
      },
      'aborted within the answer': () => {
        const request = http.get({ ...base, path: '/drip' })
        return request.once('response', response => response.once('data', () => request.destroy()))
      },
      'aborted by a signal': () => http.get({ ...base, path: '/hang', signal: AbortSignal.timeout(300) }),
      'aborted before': () => http.get({ ...base, path: '/hang', signal: AbortSignal.abort() }),
      upgrade: () => http.get({ ...base, headers: { connection: 'upgrade', upgrade: 'echo' } }),
      connect: () => http.request({ ...base, method: 'CONNECT', path: 'a:1' }).end()
    })) {
      seen.push([title, ...(await events(make()))])
    }
    seen.push(['socket at rest', ...Object.values(kept.freeSockets).flat().map(counts)])
    kept.destroy()
    const upgrade = http.get({ ...base, headers: { connection: 'upgrade', upgrade: 'echo' } })
    seen.push(['upgrade that nobody takes', ...(await events(upgrade, ['error', 'close']))])
    const request = http.get({ ...base, headers: { 'X-One': '1', two: ['2', '3'] } })
    const { traceparent, tracestate, ...headers } = request.getHeaders()
    seen.push(['headers', headers, ...(await events(request))])
    for (const options of [
      { path: '/ bad' },
      { method: 'G T' },
      { headers: { 'bad name': '1' } },
      { protocol: 'ftp:' }
    ]) {
      seen.push([JSON.stringify(options), await failure(() => http.get({ ...base, ...options }))])
    }
    seen.push(['https', await failure(() => once(https.get({ ...base, port: 1 }), 'response'))])

    const fetched = async (path, options) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, options)
      return `${response.status} ${await response.text()}`
    }
    for (const [path, options] of [
      ['/'],
      ['/', { method: 'POST', body: 'x', headers: { 'x-one': '1' } }],
      ['/', { headers: { traceparent: 'mine' } }],
      ['/redirect'],
      ['/reset'],
      ['/half'],
      ['/hang', { signal: AbortSignal.timeout(30) }]
    ]) {
      seen.push(['fetch', path, await failure(() => fetched(path, options))])
    }
    res.end()
  })
  work.listen(0, '127.0.0.1')
  await once(work, 'listening')
  http.get({ host: '127.0.0.1', port: work.address().port, agent: false }, async response => {
    response.resume()
    await once(response, 'end')
    console.log(JSON.stringify(seen, null, 1).replaceAll(port, 'PORT'))
    process.exit()
  })
}

main()
