// What no application should send, and some do: the application's results are unchanged, and reports stay bounded.

import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { startProgram } from '../harness/program.js'

const MAX_REPORT_BYTES = 500_000

describe('with bad input', () => {
  let app: App
  before(async () => {
    app = await runApp('bad-input.js')
  })
  after(() => app.stop())

  const explained = async (path: string): Promise<Report> => {
    const report = await app.reportOf(path)
    assert.ok(JSON.stringify(report).length < MAX_REPORT_BYTES)
    return report
  }

  it('a statement of 1 MB is cut, and fails closed', async () => {
    assert.equal((await app.get('/long-statement')).body, '1000000')
    const { operations } = await explained('/long-statement')
    assert.match(operations.at(-1)!.text, /^SELECT pg_sleep\(\?\), length\( ?\?/)
  })

  it('binary parameters and objects are not touched', async () => {
    assert.equal((await app.get('/binary')).body, 'true 17')
    await explained('/binary')
  })

  it('a statement with an unclosed quote leaks nothing, nor does its error', async () => {
    assert.equal((await app.get('/unclosed')).body, '42601')
    assert.ok(!JSON.stringify(await explained('/unclosed')).includes('sesame'))
  })

  it('what is no query at all fails as without the agent', async () => {
    const { body } = await app.get('/not-a-query')
    const bare = await runApp('bad-input.js', { preload: 'none' })
    assert.equal(body, (await bare.get('/not-a-query')).body)
    await bare.stop()
  })

  it('50,000 operations are folded, counted and said', async () => {
    assert.equal((await app.get('/many')).body, 'many')
    const { operations, dropped } = await explained('/many')
    assert.ok(operations.length <= 1000, `${operations.length} operations in the report`)
    assert.ok(dropped.operations >= 49_000, `${dropped.operations} dropped`)
  })

  it('a path of 4 kB, header garbage and an 8 kB traceparent are served and cut', async () => {
    const traceparent = `00-${'a'.repeat(8_000)}-b-01`
    const { status } = await app.get(`/${'y'.repeat(4_000)}?token=sesame`, {
      headers: { traceparent, baggage: ',=;'.repeat(500) }
    })
    assert.equal(status, 404)
  })

  it('a value that no option understands is said once, and the service starts', async () => {
    const { stdout, stderr, code } = await startProgram(undefined, {
      nodeArgs: ['-e', 'process.disconnect(); console.log("started")'],
      env: { PERFAGENT_SLOW_MS: 'soon', PERFAGENT_HTTP_ENDPOINT: 'not a url', PERFAGENT_SLOWMS: '1' }
    }).outcome
    assert.equal(code, 0)
    assert.equal(stdout, 'started\n')
    assert.match(stderr, /PERFAGENT_SLOW_MS=soon is not a number of milliseconds/)
    assert.match(stderr, /PERFAGENT_HTTP_ENDPOINT=not a url is not an http:\/\/ or https:\/\/ URL/)
    assert.match(stderr, /PERFAGENT_SLOWMS is no option; did you mean PERFAGENT_SLOW_MS\?/)
    assert.equal(stderr.trim().split('\n').length, 3)
  })
})
