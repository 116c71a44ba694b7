import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'

const TRACE = '0af7651916cd43dd8448eb211c80319c'

describe("servers of http2 that listen to 'stream'", () => {
  let app: App
  let session: http2.ClientHttp2Session
  before(async () => {
    app = await runApp('http2-streams.js')
    session = http2.connect(`http://127.0.0.1:${app.port}`)
  })
  after(async () => {
    session.close()
    await app.stop()
  })

  const ask = async (headers: http2.OutgoingHttpHeaders, body: (stream: http2.ClientHttp2Stream) => void) => {
    const stream = session.request(headers, { endStream: false })
    stream.resume()
    body(stream)
    await once(stream, 'close')
  }

  it('tell a request, in the trace of its caller, and what it called', async () => {
    const headers = { ':path': '/calls?token=sesame', traceparent: `00-${TRACE}-b7ad6b7169203331-01` }
    const { request, status, traceId } = await explainedAs('http.slow_peer', app, '/calls', () =>
      ask(headers, stream => stream.end())
    )
    assert.deepEqual(request, { method: 'GET', route: '/calls', path: '/calls?token=?', statusCode: 201 })
    assert.equal(status, 'finished')
    assert.equal(traceId, TRACE)
  })

  it('tell a body that comes slowly', async () => {
    const { verdict } = await explainedAs('client.slow_upload', app, '/upload', () =>
      ask({ ':method': 'POST', ':path': '/upload' }, stream => {
        stream.write('begins')
        setTimeout(() => stream.end('ends'), 150)
      })
    )
    assert.equal(verdict.confidence, 'measured')
  })
})
