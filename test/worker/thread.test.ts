// The end of a process whose agent thread has not come up: on a busy machine it needs most of a second for that, as long as many a
// process lives that serves for a moment (a worker of a test runner, a script).

import assert from 'node:assert/strict'
import { type App, type AppOptions, runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { REGISTER_IN_PARTS, ROOT } from '../harness/program.js'

const FAULTS = `${ROOT}/dist/test/harness/faults.js`

/** As long as `stop` gives an app to end. */
const EXIT_MS = '10000'

const run = (fault: string, { env, ...options }: AppOptions = {}): Promise<App> =>
  runApp('exits.js', {
    preload: 'none',
    nodeArgs: ['--require', FAULTS, '--require', REGISTER_IN_PARTS],
    args: ['naturally'],
    env: { FAULT: `worker:!${fault}`, PERFAGENT_EXIT_MS: EXIT_MS, PERFAGENT_SLOW_MS: '10000', ...env },
    ...options
  })

describe('a process that ends before its agent thread has come up', function () {
  this.timeout(60_000)

  it('waits for nothing when nothing is to be told', async () => {
    const app = await run('never comes')
    await app.get('/fast')
    await app.stop()
  })

  it('tells of a slow request all the same', async () => {
    const app = await run('comes late', { env: { PERFAGENT_SLOW_MS: '50' } })
    const told = app.reportOf('/slow')
    await app.get('/slow')
    await Promise.all([told, app.stop()])
  })

  it('tells what it has counted all the same', async () => {
    const backend = await startBackend()
    const app = await run('comes late', { backend, env: { OTEL_EXPORTER_OTLP_ENDPOINT: backend.url } })
    await app.get('/fast')
    await app.stop()
    assert.ok(backend.metrics.length > 0)
    await backend.close()
  })
})

describe('a process that was taken to end before its agent thread had come up, and lives on', () => {
  it('has it look on, and loses nothing', async () => {
    const app = await run('comes late', { env: { PERFAGENT_SLOW_MS: '50' } })
    await app.get('/signal')
    await app.report()
    await app.stop()
  }).timeout(60_000)
})
