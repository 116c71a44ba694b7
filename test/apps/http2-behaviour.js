// Does to a server of http2's compatibility API what clients do in life, and prints what every side saw; see http-behaviour.js. Of pushes: http2-push.js.

const http2 = require('node:http2')
const { once } = require('node:events')
const { counts } = require('./listeners')

const seen = []

const server = http2.createServer(async (req, res) => {
  seen.push(['request', req.method, req.url, counts(req), counts(res), counts(req.stream), counts(req.stream.session)])
  for (const [name, emitter] of Object.entries({ req, res })) {
    for (const event of ['aborted', 'end', 'finish', 'close', 'error']) {
      emitter.on(event, () => seen.push([req.url, name, event]))
    }
  }
  if (req.url === '/never') return
  if (req.url === '/half') return res.write('half')
  if (req.url === '/destroyed') return res.destroy()
  if (req.url === '/reset') return req.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
  if (req.url === '/early') res.writeEarlyHints({ link: '</style.css>; rel=preload' })
  if (req.url === '/trailers') res.setTrailer('x-sum', '1')
  req.resume()
  if (req.url === '/sum') await once(req, 'end')
  if (req.url === '/sum') seen.push(['trailers', req.trailers, req.rawTrailers])
  res.end(`answer to ${req.method}`)
})
server.on('checkContinue', (req, res) => {
  res.writeContinue()
  server.emit('request', req, res)
})
server.on('connect', (_req, res) => {
  res.stream.respond({ ':status': 200 })
  res.stream.end('tunnel')
})
server.on('sessionError', error => seen.push(['sessionError', error.code]))

/** All events of a stream, in order, until it is closed. */
async function events(session, headers, act = stream => stream.end(), options = {}) {
  const order = []
  const stream = session.request(headers, { endStream: false, ...options })
  for (const event of ['continue', 'headers', 'response', 'trailers', 'aborted', 'end', 'error', 'close']) {
    stream.on(event, value => order.push(event === 'error' ? `error ${value.code}` : event))
  }
  let body = ''
  stream.setEncoding('utf8').on('data', text => (body += text))
  act(stream)
  await once(stream, 'close').catch(() => {})
  return [order.join(), body, stream.rstCode]
}

async function main() {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  seen.push(['server', counts(server)])
  const session = http2.connect(`http://127.0.0.1:${server.address().port}`)
  const cancelled = stream => stream.once('response', () => stream.close(http2.constants.NGHTTP2_CANCEL))
  for (const [path, act] of [
    ['/'],
    ['/early'],
    ['/trailers'],
    ['/reset'],
    ['/destroyed'],
    ['/half', cancelled],
    ['/never', stream => setTimeout(() => stream.close(http2.constants.NGHTTP2_CANCEL), 30)]
  ]) {
    seen.push([path, ...(await events(session, { ':path': path }, act))])
  }
  seen.push(['100-continue', ...(await events(session, { ':method': 'POST', ':path': '/', expect: '100-continue' }))])
  const withTrailers = stream => {
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '2' }))
    stream.end('body')
  }
  const sum = { ':method': 'POST', ':path': '/sum' }
  seen.push(['trailers of a request', ...(await events(session, sum, withTrailers, { waitForTrailers: true }))])
  seen.push(['connect', ...(await events(session, { ':method': 'CONNECT', ':authority': 'a:1' }))])
  session.close()
  await once(session, 'close')
  server.close()
  console.log(JSON.stringify(seen, null, 1))
}

main()
