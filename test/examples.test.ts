// Each file of examples/ does what its first lines say.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { startBackend } from './harness/backend.js'
import { type ProgramOptions, ROOT, startProgram } from './harness/program.js'

const EXAMPLES = path.join(ROOT, 'examples')

/** Starts an example on a free port. */
async function example(file: string, options: ProgramOptions) {
  const program = startProgram(path.join(EXAMPLES, file), { ...options, env: { PORT: '0', ...options.env } })
  const port = await said(program, /listening on (\d+)/)
  return { ...program, url: `http://127.0.0.1:${port}` }
}

type Program = ReturnType<typeof startProgram>

/** Waits for a line, and returns what it has in its first brackets. */
async function said({ child, output }: Program, line: RegExp): Promise<string> {
  for (;;) {
    const found = line.exec(output.stdout)
    if (found) return found[1] ?? ''
    await Promise.race([
      once(child.stdout!, 'data'),
      once(child, 'exit').then(() => Promise.reject(new Error(`it ended: ${output.stdout}${output.stderr}`)))
    ])
  }
}

describe('the examples', () => {
  const slow = /GET \/\S* {2}\d+ ms[\s\S]*does not time/
  const cases: [file: string, options: ProgramOptions, says: RegExp][] = [
    ['first-line.js', { preload: 'none' }, slow],
    ['import.mjs', {}, slow],
    ['start.js', { preload: 'none' }, slow],
    ['hooks.js', {}, /^\/: .* ms .*price rules/m],
    ['opentelemetry.js', {}, /GET \/\S* {2}\d+ ms[\s\S]*inside 'price rules'/]
  ]
  for (const [file, options, says] of cases) {
    it(`${file} says why a request was slow`, async () => {
      const program = await example(file, options)
      assert.equal(await (await fetch(program.url)).text(), 'slow\n')
      await said(program, says)
      program.child.disconnect()
      assert.equal((await program.outcome).code, 0)
    })
  }

  it('work.mjs makes requests of ticks and messages', async () => {
    const { WebSocket } = await import('ws')
    const program = await example('work.mjs', {})
    const socket = new WebSocket(program.url.replace('http', 'ws'))
    await once(socket, 'open')
    socket.send('hello')
    const [answer] = (await once(socket, 'message')) as [Buffer]
    assert.equal(String(answer), 'slow: hello')
    socket.close()
    for (const name of ['chat message', 'clean up', 'send reminders'])
      await said(program, new RegExp(`^JOB ${name} {2}\\d+ ms`, 'm'))
    program.child.disconnect()
    assert.equal((await program.outcome).code, 0)
  })

  it('log-ids.js writes the ids of the trace', async () => {
    const program = await example('log-ids.js', { env: { PERFAGENT_LOG_TRACE_IDS: 'pino' } })
    await (await fetch(program.url)).text()
    await said(program, /"order":17,"msg":"taken","trace_id":"[0-9a-f]{32}","span_id":"[0-9a-f]{16}"/)
    program.child.disconnect()
    assert.equal((await program.outcome).code, 0)
  })

  it('verify-signature.js takes reports that are signed, and no others', async () => {
    const secret = 'a secret'
    const backend = await example('verify-signature.js', { preload: 'none', env: { PERFAGENT_HTTP_SECRET: secret } })
    assert.equal((await fetch(backend.url, { method: 'POST', body: '{}' })).status, 401)
    const env = { PERFAGENT_HTTP_ENDPOINT: backend.url, PERFAGENT_HTTP_SECRET: secret }
    const program = await example('first-line.js', { preload: 'none', env })
    await (await fetch(program.url)).text()
    await said(backend, /does not time/)
    for (const { child, outcome } of [program, backend]) {
      child.disconnect()
      assert.equal((await outcome).code, 0)
    }
  })

  it('metrics.js sends its own metrics with those of perfagent', async () => {
    const backend = await startBackend()
    const program = await example('metrics.js', {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: backend.url, OTEL_METRIC_EXPORT_INTERVAL: '200' }
    })
    assert.equal(await (await fetch(program.url)).text(), 'ordered\n')
    const points = await backend.collection(all => all.some(({ name }) => name === 'shop.orders'))
    const names = points.filter(({ scope }) => scope === 'shop').map(({ name }) => name)
    assert.deepEqual(names, ['shop.orders', 'shop.order.size', 'shop.mails.waiting'])
    program.child.disconnect()
    assert.equal((await program.outcome).code, 0)
    await backend.close()
  })

  it("otel-sdk.js gives the SDK's slow span a child that says why", async function () {
    this.timeout(180_000)
    const env = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_NODE_RESOURCE_DETECTORS: 'none' }
    const program = await example('otel-sdk.js', { preload: 'none', env })
    assert.equal(await (await fetch(program.url)).text(), 'slow\n')
    assert.match(await said(program, /'perfagent.cause': '([^']+)'/), /^(?:cpu|event_loop)\./)
    program.child.disconnect()
    assert.equal((await program.outcome).code, 0)
  })

  it('are all tried here, or by the demo', () => {
    const tried = [
      ...cases.map(([file]) => file),
      'verify-signature.js',
      'log-ids.js',
      'metrics.js',
      'otel-sdk.js',
      'work.mjs',
      'shop',
      // test/ways.test.ts
      'containers'
    ]
    assert.deepEqual(
      readdirSync(EXAMPLES).filter(file => !tried.includes(file)),
      []
    )
  })
})
