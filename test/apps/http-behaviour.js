// Does to an HTTP server what clients do in life, and prints what every side saw. Nothing in it differs between two runs, so
// that a run with the agent can be compared to one without, letter by letter.

const http = require('node:http')
const net = require('node:net')
const { once } = require('node:events')
const HOSTILE = require('./hostile.js')
const { counts } = require('./listeners')

const seen = []

const server = http.createServer((req, res) => {
  seen.push(['request', req.method, req.url.slice(0, 40), req.url.length, counts(req), counts(res), counts(req.socket)])
  seen.push(['own', Object.keys(req).join(), Object.keys(res).join(), Object.getOwnPropertySymbols(res).length])
  if (req.url === '/abort') return req.socket.destroy()
  if (req.url === '/throw-late') return setImmediate(() => res.destroy(new Error('late')))
  if (req.url === '/trailers') {
    res.writeHead(200, { trailer: 'x-sum' })
    res.write('body')
    res.addTrailers({ 'x-sum': '1' })
  }
  if (req.url === '/sum') {
    return req.resume().on('end', () => {
      seen.push(['trailers', req.trailers, req.rawTrailers])
      res.end('summed')
    })
  }
  if (req.url === '/processing') res.writeProcessing()
  if (req.url === '/early') res.writeEarlyHints({ link: '</style.css>; rel=preload' })
  res.end(`answer to ${req.method}`)
})
server.on('upgrade', (_req, socket) =>
  socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\nhi')
)
server.on('connect', (_req, socket) => socket.end('HTTP/1.1 200 Connected\r\n\r\nhi'))
server.on('checkContinue', (req, res) => {
  res.writeContinue()
  server.emit('request', req, res)
})
server.on('checkExpectation', (_req, res) => res.writeHead(417).end('what?'))
server.on('clientError', (error, socket) => {
  seen.push(['clientError', error.code])
  socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
})

/** Sends bytes, returns all that comes back until the other side closes. */
function raw(port, ...packets) {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('latin1').on('data', text => {
      answer += text
      if (packets.length > 0) socket.write(packets.shift())
    })
    socket.on('error', error => resolve(error.code))
    socket.on('close', () => resolve(answer.replace(/date: [^\r]*/gi, 'date')))
    socket.write(packets.shift())
  })
}

/** A stand-in of a test, which fails whoever reads what the test does not expect. */
function unreadable(name) {
  const fake = { method: 'GET', url: '/fake', headers: {}, rawHeaders: [] }
  const get = () => {
    throw new Error(`${name} was read`)
  }
  return Object.defineProperty(fake, name, { get })
}

const ofOneRequest = req => [req, { req }]

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

async function main() {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  seen.push(['server', counts(server)])

  for (const path of ['/', '/trailers', '/early', '/processing', '/abort', '/throw-late']) {
    seen.push([path, await raw(port, `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)])
  }
  for (const request of HOSTILE)
    seen.push([request.slice(0, 60), await raw(port, `${request}\r\nconnection: close\r\n\r\n`)])
  const get = 'GET / HTTP/1.1\r\nhost: a\r\n'
  seen.push(['pipelined', await raw(port, `${get}\r\n${get}\r\n${get}connection: close\r\n\r\n`)])
  seen.push(['keep-alive', await raw(port, `${get}\r\n`, `${get}connection: close\r\n\r\n`)])
  seen.push(['upgrade', await raw(port, `${get}connection: upgrade\r\nupgrade: echo\r\n\r\n`)])
  seen.push(['connect', await raw(port, 'CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n')])
  const body = 'POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n'
  seen.push(['100-continue', await raw(port, body, 'hi')])

  const expecting = 'POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: wonders\r\ncontent-length: 0\r\n\r\n'
  seen.push(['another expectation', await raw(port, expecting)])
  const sum = 'POST /sum HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n'
  seen.push(['trailers of a request', await raw(port, `${sum}0\r\nx-sum: 2\r\n\r\n`)])

  for (const event of ['upgrade', 'connect', 'checkContinue', 'checkExpectation']) server.removeAllListeners(event)
  seen.push(['upgrade that nobody takes', await raw(port, `${get}connection: upgrade, close\r\nupgrade: echo\r\n\r\n`)])
  seen.push(['connect that nobody takes', await raw(port, 'CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n')])
  seen.push(['100-continue, unasked', await raw(port, body.replace('/', '/sum'), 'hi')])
  seen.push(['another expectation, unasked', await raw(port, expecting)])

  for (const fake of [
    [undefined, undefined],
    [{}, {}],
    [{ method: 'GET', url: '/fake', headers: {} }, {}]
  ]) {
    try {
      seen.push(['fake', server.emit('request', ...fake)])
    } catch (error) {
      seen.push(['fake', error.message])
    }
  }
  for (const fake of [
    [unreadable('method'), {}],
    [unreadable('none'), unreadable('req')],
    ofOneRequest(unreadable('socket')),
    ofOneRequest(unreadable('headers')),
    [revoked(), revoked()]
  ])
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      const deaf = http.createServer().on(event, () => seen.push('heard'))
      try {
        seen.push(['unreadable', deaf.emit(event, ...fake)])
      } catch (error) {
        seen.push(['unreadable', error.message])
      }
    }
  server.close()
  server.closeAllConnections()
  console.log(JSON.stringify(seen, null, 1))
}

main()
