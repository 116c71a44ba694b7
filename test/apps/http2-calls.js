// A service that calls by node:http2: the peer at PEER_URL, in clear text.

const http2 = require('node:http2')
const { Client } = require('undici')
const { serve } = require('./lib')

const { PEER_URL, NARROW_URL } = process.env
const once = (session, headers, body) =>
  new Promise((resolve, reject) => {
    const stream = session.request(headers)
    let text = ''
    stream.setEncoding('utf8')
    stream.on('data', chunk => {
      text += chunk
    })
    stream.on('error', reject)
    stream.on('end', () => resolve(text))
    stream.end(body)
  })
/** The first is there before the server listens. */
const early = http2.connect(PEER_URL)
early.on('error', () => {})
const client = new Client(PEER_URL, { allowH2: true, useH2c: true })

const alone = async (...args) => {
  const session = http2.connect(PEER_URL)
  try {
    return await once(session, ...args)
  } finally {
    session.close()
  }
}

const handlers = {
  '/late': () => alone({ ':path': '/late?token=sesame' }),
  async '/narrow'() {
    const session = http2.connect(NARROW_URL)
    await once(session, { ':path': '/at-once' })
    const given = [1, 2, 3, 4].map(() => once(session, { ':path': '/late' }))
    const left = session.request({ ':path': '/late' })
    setTimeout(() => left.close(http2.constants.NGHTTP2_CANCEL), 20)
    given.push(once(session, { ':path': '/last' }))
    const answers = await Promise.all(given)
    session.close()
    return answers.at(-1)
  },
  '/early': () => once(early, { ':path': '/late' }),
  '/post': () => alone({ ':method': 'POST', ':path': '/slow-body' }, 'sent'),
  async '/headers'() {
    const given = Object.freeze({ ':path': '/headers', 'x-own': '1', [http2.sensitiveHeaders]: ['x-own'] })
    const first = JSON.parse(await alone(given))
    const second = JSON.parse(await alone({ ':path': '/headers', TraceParent: first.traceparent }))
    await new Promise(resolve => setTimeout(resolve, 60))
    return [
      Object.keys(given).join(),
      first['x-own'],
      first.traceparent.length,
      second.traceparent === first.traceparent
    ]
  },
  async '/array'() {
    const given = Object.assign([':path', '/headers', 'x-own', '1'], { [http2.sensitiveHeaders]: ['x-own'] })
    const { traceparent = '', sensitive } = JSON.parse(await alone(given))
    await new Promise(resolve => setTimeout(resolve, 60))
    return `${traceparent.length} ${sensitive}`
  },
  '/reset': () => alone({ ':path': '/reset' }).catch(error => error.code),
  async '/gone'() {
    const session = http2.connect('http://127.0.0.1:1')
    session.on('error', () => {})
    const code = await once(session, {}).catch(error => error.code)
    await new Promise(resolve => setTimeout(resolve, 60))
    return code
  },
  async '/throws'() {
    const session = http2.connect(PEER_URL)
    try {
      session.request({ ':path': 1, connection: 'x' })
    } catch (error) {
      await new Promise(resolve => setTimeout(resolve, 60))
      return error.code
    } finally {
      session.close()
    }
  },
  async '/undici'() {
    const { body } = await client.request({ path: '/late', method: 'GET' })
    return body.text()
  }
}

serve(handlers, () => {
  early.close()
  client.close()
})
