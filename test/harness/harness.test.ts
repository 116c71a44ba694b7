import assert from 'node:assert/strict'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { sampleReport } from '../sample-report.js'
import { runApp } from './app.js'
import { startBackend } from './backend.js'
import { REGISTER_IN_PARTS, runProgram } from './program.js'

const REPORT = sampleReport({ durationMs: 812.4 })

describe('the harness', () => {
  it('resolves with a report that came before or comes after the question', async () => {
    const backend = await startBackend()
    const waiting = backend.report(({ request }) => request.route === '/orders/:id')
    const body = gzipSync(JSON.stringify(REPORT))
    await fetch(`${backend.url}/reports`, { method: 'POST', headers: { 'content-encoding': 'gzip' }, body })
    assert.equal((await waiting).durationMs, 812.4)
    assert.equal(await backend.report(), await waiting)
    await backend.close()
  })

  it('says what came instead of what was expected', async () => {
    const backend = await startBackend()
    await fetch(`${backend.url}/reports`, { method: 'POST', body: JSON.stringify(REPORT) })
    await assert.rejects(
      backend.report(({ request }) => request.route === '/fast', 1),
      /no report matched within 1 ms; these came:\n {2}GET \/orders\/:id finished, db.pool_wait, 812 ms/
    )
    await backend.close()
  })

  it('keeps what it answered with an error as a request, not as a report', async () => {
    const backend = await startBackend(({ path }) => ({ status: path === '/reports' ? 503 : 200 }))
    const answer = await fetch(`${backend.url}/reports`, { method: 'POST', body: JSON.stringify(REPORT) })
    await backend.request(({ method }) => method === 'POST')
    assert.deepEqual([answer.status, backend.reports, backend.received.length], [503, [], 1])
    await backend.close()
  })

  it('runs an app until it ends by itself', async () => {
    const app = await runApp('hello.js', { preload: 'none' })
    assert.equal((await app.get('/slow')).body, 'late')
    assert.deepEqual((await app.stop()).signal, null)
  })

  it('refuses an app that ends badly', async () => {
    const app = await runApp('hello.js', {
      preload: 'none',
      nodeArgs: ['--import', 'data:text/javascript,process.exitCode = 3']
    })
    await assert.rejects(app.stop(), /hello.js ended with 3/)
  })

  it('runs a program to its end', async () => {
    const { code, stdout } = await runProgram(undefined, { preload: 'none', nodeArgs: ['-p', '1 + 1'] })
    assert.deepEqual([code, stdout], [0, '2\n'])
  })

  for (const part of ['main:record/recorder.js#createRecorders', 'main:record/recorder.js#createRecorder.begin'])
    it(`breaks no part that is not there: ${part}`, async () => {
      const code = "require('node:http').createServer((_, res) => res.end()).listen(0, () => process.exit())"
      const { signal, stderr } = await runProgram(undefined, {
        preload: 'none',
        nodeArgs: ['--require', path.join(__dirname, 'faults.js'), '--require', REGISTER_IN_PARTS, '-e', code],
        env: { FAULT: part }
      })
      assert.deepEqual([signal, stderr], ['SIGKILL', `there is no ${part.slice('main:'.length)}\n`])
    })
})
