// Servers that push, by http2's own API of streams and by the compatibility API: prints what every side saw, and each frame that
// they sent; see http-behaviour.js. No answer has a date, so that the frames are the same in each run.

const http2 = require('node:http2')
const net = require('node:net')
const path = require('node:path')
const { once } = require('node:events')
const { counts } = require('./listeners')

const { HTTP2_HEADER_PATH, NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR } = http2.constants
const EVENTS = ['push', 'headers', 'response', 'trailers', 'aborted', 'end', 'finish', 'error', 'close']
const FILE = path.join(__dirname, 'hello.js')
const FRAMES = { 0: 'DATA', 1: 'HEADERS', 3: 'RST_STREAM', 5: 'PUSH_PROMISE', 7: 'GOAWAY' }

const seen = []
const say = (...parts) => seen.push(parts)
const failure = work => {
  try {
    return work()
  } catch (error) {
    return `${error.name} ${error.code}`
  }
}
/** Also after an error, on which `once` gives up. */
const closed = stream => new Promise(resolve => stream.once('close', resolve))

/** All events of a stream, in order, until it is closed, and its body. */
async function watch(title, stream) {
  const order = []
  for (const event of EVENTS) {
    stream.on(event, value => {
      if (event === 'error') order.push(`error ${value.code}`)
      else order.push(['push', 'headers', 'response', 'trailers'].includes(event) ? [event, value] : event)
    })
  }
  let body = ''
  if (stream.readable) stream.setEncoding('utf8').on('data', text => (body += text))
  await closed(stream)
  say(title, stream.id, order, body, stream.rstCode)
}

const push = (stream, path, options = {}) =>
  new Promise((resolve, reject) => {
    stream.pushStream({ [HTTP2_HEADER_PATH]: path }, options, (error, pushed, headers) => {
      if (error) return reject(error)
      say('promised', path, pushed.id, headers, counts(pushed), pushed.pushAllowed)
      pushed.on('error', error => say('pushed', path, error.code))
      pushed.on('close', () => say('pushed', path, 'close', pushed.rstCode))
      resolve(pushed)
    })
  })
const answer = (stream, body, headers = {}) => {
  stream.respond({ ':status': 200, ...headers }, { sendDate: false })
  stream.end(body)
}

/** By path: what the server does with a stream before it answers it. */
const STREAMS = {
  async '/two'(stream) {
    for (const path of ['/a.css', '/b.js']) answer(await push(stream, path), `body of ${path}`, { 'x-of': path })
  },
  async '/trailers'(stream) {
    const pushed = await push(stream, '/a.css')
    pushed.respond({ ':status': 203 }, { sendDate: false, waitForTrailers: true })
    pushed.on('wantTrailers', () => pushed.sendTrailers({ 'x-sum': '1' }))
    pushed.end('with trailers')
  },
  async '/empty'(stream) {
    const pushed = await push(stream, '/empty.css', { endStream: true })
    pushed.respond({ ':status': 204 }, { sendDate: false, endStream: true })
  },
  async '/file'(stream) {
    const pushed = await push(stream, '/file')
    pushed.respondWithFile(FILE, { 'x-file': '1' }, { statCheck: (_stat, headers) => void delete headers.date })
    await closed(pushed)
  },
  async '/refused'(stream) {
    const pushed = await push(stream, '/refused.css')
    pushed.respond({ ':status': 200 }, { sendDate: false })
    await closed(pushed)
  },
  async '/destroyed'(stream) {
    const pushed = await push(stream, '/destroyed.css')
    pushed.destroy(new Error('enough'))
    await closed(pushed)
  },
  async '/reset'(stream) {
    const pushed = await push(stream, '/reset.css')
    pushed.close(NGHTTP2_INTERNAL_ERROR)
    await closed(pushed)
  },
  async '/nested'(stream) {
    const pushed = await push(stream, '/outer.css')
    say('nested', await push(pushed, '/inner.css').catch(({ code }) => code))
    answer(pushed, 'outer')
  },
  async '/wrong'(stream) {
    const wrong = headers => failure(() => stream.pushStream(headers, () => say('unexpected')))
    say('a header of HTTP/1', wrong({ connection: 'close' }))
    say(
      'no callback',
      failure(() => stream.pushStream({}))
    )
    say('no headers', wrong(1))
  }
}
const streams = http2.createServer().on('stream', async (stream, headers) => {
  const asked = headers[HTTP2_HEADER_PATH]
  say('stream', asked, stream.id, counts(stream), stream.pushAllowed)
  if (!stream.pushAllowed) say('not allowed', await push(stream, '/x').catch(({ code }) => code))
  else await STREAMS[asked](stream)
  stream.additionalHeaders({ ':status': 102 })
  answer(stream, `answer to ${asked}`)
  await closed(stream)
  say('pushed too late', await push(stream, '/late').catch(({ code }) => code))
})

const compatible = http2.createServer(async (req, res) => {
  say('request', req.url, counts(req), counts(res), counts(res.stream))
  res.sendDate = false
  const pushes = ['/a.css', '/b.js'].map(
    path =>
      new Promise(resolve => {
        const headers = { ':path': path, 'x-of': req.url }
        const created = (error, pushed) => {
          if (error) return resolve(say('not pushed', path, error.code))
          say('pushing', path, counts(pushed), Object.keys(pushed).join(), pushed.req === undefined)
          for (const event of ['finish', 'close']) pushed.on(event, () => say('pushed', path, event))
          pushed.sendDate = false
          pushed.setHeader('x-pushed', '1')
          pushed.writeHead(201)
          pushed.write(`${path}, first half, `)
          pushed.end('second half', resolve)
        }
        const thrown = failure(() => res.createPushResponse(headers, created))
        if (thrown) resolve(say('thrown', path, thrown))
      })
  )
  await Promise.all(pushes)
  res.end(`answer to ${req.url}`)
  await closed(res)
  res.createPushResponse({ ':path': '/late' }, (error, pushed) => say('pushed too late', error?.code, pushed))
})

/** Stands between, and notes the frames of streams that the server sends. */
async function startWire(port) {
  const frames = []
  const wire = net.createServer(near => {
    const far = net.connect(port, '127.0.0.1')
    let unread = Buffer.alloc(0)
    far.on('data', data => {
      unread = Buffer.concat([unread, data])
      while (unread.length >= 9) {
        const end = 9 + unread.readUIntBE(0, 3)
        if (unread.length < end) break
        const name = FRAMES[unread[3]]
        const payload = unread.subarray(9, end)
        if (name)
          frames.push([name, unread[4], unread.readUInt32BE(5), payload.toString(name === 'DATA' ? 'utf8' : 'hex')])
        unread = unread.subarray(end)
      }
    })
    near.on('error', () => {}).pipe(far)
    far.on('error', () => {}).pipe(near)
  })
  await once(wire.listen(0, '127.0.0.1'), 'listening')
  return { frames, wire, url: `http://127.0.0.1:${wire.address().port}` }
}

/**
 * One session for each path, so that streams have the same numbers whatever went before. What is said of one stream comes together:
 * whether the server sees its end before the client or after is the kernel's to decide.
 */
async function ask(server, paths, settings) {
  for (const path of paths) {
    const from = seen.length
    const { frames, wire, url } = await startWire(server.address().port)
    const session = http2.connect(url, { settings })
    const pushed = []
    session.on('stream', (stream, headers) => {
      say('comes', headers[HTTP2_HEADER_PATH], stream.id, headers)
      pushed.push(watch('pushed', stream))
      if (path === '/refused') stream.close(NGHTTP2_CANCEL)
    })
    await watch(path, session.request({ ':path': path, ':authority': 'a' }))
    await Promise.all(pushed)
    session.close()
    await once(session, 'close')
    wire.close()
    const titleOf = ([title, of]) => `${title} ${of}`
    const said = seen.splice(from).sort((one, other) => titleOf(one).localeCompare(titleOf(other)))
    seen.push(...said, ['frames', frames])
  }
}

async function main() {
  for (const server of [streams, compatible]) await once(server.listen(0, '127.0.0.1'), 'listening')
  say('servers', counts(streams), counts(compatible))
  await ask(streams, Object.keys(STREAMS))
  await ask(streams, ['/two'], { enablePush: false })
  await ask(compatible, ['/page'])
  await ask(compatible, ['/page'], { enablePush: false })
  for (const server of [streams, compatible]) server.close()
  console.log(JSON.stringify(seen, null, 1))
}

main()
