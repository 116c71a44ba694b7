// Whole paths: who is told to be slow where a caller asks before it sends its body (Expect: 100-continue).

import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'

const PAUSE_MS = 300
const BODY = 'x'.repeat(1000)

/** Sends its body when it is told to, or so long after; whether it is told or not if `impatient`. */
type Send = (port: number, path: string, afterMs: number, impatient?: boolean) => Promise<string>

const byHttp: Send = async (port, path, afterMs, impatient) => {
  const headers = { expect: '100-continue', 'content-length': BODY.length }
  const call = http.request({ port, host: '127.0.0.1', path, method: 'PUT', headers, agent: false })
  call.flushHeaders()
  const answered = once(call, 'response')
  if (!impatient) await once(call, 'continue')
  setTimeout(() => call.end(BODY), afterMs)
  const [answer] = (await answered) as [http.IncomingMessage]
  return text(answer)
}

const byHttp2: Send = async (port, path, afterMs, impatient) => {
  const session = http2.connect(`http://127.0.0.1:${port}`)
  const call = session.request({ ':path': path, ':method': 'PUT', expect: '100-continue' })
  if (!impatient) await once(call, 'continue')
  setTimeout(() => call.end(BODY), afterMs)
  const answer = await text(call)
  session.close()
  return answer
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  let all = ''
  for await (const piece of stream) all += String(piece)
  return all
}

for (const [what, send] of Object.entries({ 'HTTP/1': byHttp, 'HTTP/2': byHttp2 })) {
  describe(`a caller that asks before it sends its body, by ${what}`, () => {
    let app: App
    let port: number
    before(async () => {
      app = await runApp('asks-first.js', { env: { PERFAGENT_SLOW_MS: '150' } })
      port = what === 'HTTP/1' ? app.port : Number((await app.get('/http2')).body)
    })
    after(() => app.stop())

    const ask = (path: string, afterMs: number, impatient?: boolean) => async () => {
      assert.equal(await send(port, path, afterMs, impatient), String(BODY.length))
    }

    it('is not waited for before it is told to send', () => explainedAs('unknown', app, '/held', ask('/held', 0)))
    it('is waited for from then on', () => explainedAs('client.slow_upload', app, '/told', ask('/told', PAUSE_MS)))
    it('is not waited for where it is never told, and sends all the same', () =>
      explainedAs('unknown', app, '/untold', ask('/untold', PAUSE_MS, true)))
  })
}
