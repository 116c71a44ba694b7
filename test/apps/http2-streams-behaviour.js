// Does to a server of http2 that listens to 'stream' what clients do in life, and prints what every side saw; see http-behaviour.js and,
// of the compatibility API, http2-behaviour.js. Of pushes: http2-push.js.

const http2 = require('node:http2')
const { once } = require('node:events')
const { counts } = require('./listeners')

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR } = http2.constants
const seen = []

const server = http2.createServer()
server.on('stream', async (stream, headers, flags, rawHeaders) => {
  const path = headers[':path']
  const named = rawHeaders.filter(text => !text.startsWith('127.0.0.1:'))
  seen.push(['stream', path, flags, named, Object.keys(stream), counts(stream), counts(stream.session)])
  for (const event of ['aborted', 'data', 'end', 'trailers', 'finish', 'error', 'close']) {
    if (event !== 'data' || path === '/sum')
      stream.on(event, value => seen.push([path, event, value?.code ?? String(value)]))
  }
  if (path === '/never') return
  if (path === '/throws') return stream.session.destroy(new Error('of the application'))
  if (path === '/reset') return stream.close(NGHTTP2_INTERNAL_ERROR)
  if (path === '/file') return stream.respondWithFile(__filename, { 'content-type': 'text/plain' })
  if (path === '/sum') await once(stream, 'end')
  if (path === '/paused') for await (const _ of stream) await new Promise(setImmediate)
  if (path === '/early') stream.additionalHeaders({ ':status': 103, link: '</style.css>; rel=preload' })
  stream.respond({ ':status': 200 }, { waitForTrailers: path === '/trailers' })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1' }))
  if (path === '/half') return stream.write('half')
  if (path === '/large') return stream.end(Buffer.alloc(300_000, 'x'))
  stream.end(`answer to ${headers[':method']}`)
})
server.on('sessionError', error => seen.push(['sessionError', error.message]))

/** All events of a stream, in order, until it is closed. */
async function events(session, headers, act = stream => stream.end()) {
  const order = []
  const stream = session.request(headers, { endStream: false })
  for (const event of ['headers', 'response', 'trailers', 'aborted', 'end', 'error', 'close']) {
    stream.on(event, value => order.push(event === 'error' ? `error ${value.code}` : event))
  }
  let length = 0
  stream.on('data', piece => (length += piece.length))
  act(stream)
  await new Promise(resolve => stream.once('close', resolve))
  return [order.join(), length, stream.rstCode]
}

async function main() {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  seen.push(['server', counts(server), server.emit.name, server.emit.length])
  const url = `http://127.0.0.1:${server.address().port}`
  const session = http2.connect(url)
  const cancelled = stream => stream.once('response', () => stream.close(NGHTTP2_CANCEL))
  const upload = stream => stream.end(Buffer.alloc(200_000, 'y'))
  for (const [path, act] of [
    ['/'],
    ['/early'],
    ['/trailers'],
    ['/reset'],
    ['/file'],
    ['/large'],
    ['/sum', stream => stream.end('hi')],
    ['/paused', upload],
    ['/half', cancelled],
    ['/never', stream => setTimeout(() => stream.close(NGHTTP2_CANCEL), 30)]
  ]) {
    seen.push([path, ...(await events(session, { ':method': act ? 'POST' : 'GET', ':path': path }, act))])
  }
  session.close()
  const other = http2.connect(url).on('error', error => seen.push(['session', error.code]))
  seen.push(['/throws', ...(await events(other, { ':path': '/throws' }))])
  server.close()
  await once(server, 'close')
  console.log(JSON.stringify(seen, null, 1))
}

main()
