// Options that change in a running process, by `perfagent.configure` and by the config file.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createHearing } from '../../lib/hook/hear.js'
import type { Instrumentation } from '../../lib/hook/index.js'
import type { Recorder } from '../../lib/hook/recorder.js'
import { type Config, type Options, readConfig } from '../../lib/options/config.js'
import { MAX_FILE_BYTES, readConfigFile } from '../../lib/options/file.js'
import { createLive } from '../../lib/options/live.js'
import { setLogLevel } from '../../lib/process/log.js'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { skip } from '../harness/skip.js'

/** What is asked again and again until it is so, because a change arrives by a message or by a look at a file. */
const WITHIN_MS = 20_000

async function until<Result>(look: () => Promise<Result | undefined>, what: string): Promise<Result> {
  const deadline = performance.now() + WITHIN_MS
  while (performance.now() < deadline) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error(`not within ${WITHIN_MS} ms: ${what}`)
}

/** Calls the path until a report of it is as wanted. */
async function reported(app: App, route: string, matches: (report: Report) => boolean): Promise<Report> {
  const isWanted = (report: Report): boolean => report.request.route === route && matches(report)
  return until(async () => {
    await app.get(route)
    return app.report(isWanted, 500).catch(() => undefined)
  }, `a report of ${route} as wanted`)
}

/** A change is waited for by asking again and again: no report of that is dropped. */
const ENV = { PERFAGENT_SLOW_MS: '60000', PERFAGENT_MAX_REPORTS_PER_MINUTE: '1000' }

describe('perfagent.configure', () => {
  it('threshold: what was fast is slow from then on, and fast again when it is taken back', async () => {
    const app = await runApp('live.js', { env: ENV })
    await app.get('/late')
    app.send({ slowMs: 50 })
    const { thresholdMs } = await reported(app, '/late', () => true)
    assert.equal(thresholdMs, 50)
    app.send({ slowMs: 60_000, slowRoutes: { 'GET /busy': 100 } })
    assert.equal((await reported(app, '/busy', () => true)).thresholdMs, 100)
    const before = app.backend.reports.length
    await app.get('/late')
    await app.get('/busy')
    await app.backend.report(({ request }) => request.route === '/busy' && app.backend.reports.length > before)
    assert.equal(
      app.backend.reports.slice(before).some(({ request }) => request.route === '/late'),
      false
    )
    await app.stop()
  })

  it('instrumentations go off and on; a request that has begun ends all the same', async () => {
    const peer = await startBackend()
    const app = await runApp('live.js', { env: { ...ENV, PERFAGENT_SLOW_MS: '50', PEER_URL: peer.url } })
    const calls = ({ operations }: Report): number => operations.length
    await reported(app, '/call', report => calls(report) === 1)
    app.send({ disable: ['http_client'] })
    await reported(app, '/call', report => calls(report) === 0)
    app.send({ disable: [] })
    await reported(app, '/call', report => calls(report) === 1)

    const held = app.get('/held')
    await app.backend.report(({ request, status }) => request.route === '/held' && status === 'running')
    app.send({ disable: ['http'] })
    await until(async () => {
      const before = app.backend.reports.length
      await app.get('/late')
      const came = await app.backend.report(() => app.backend.reports.length > before, 500).catch(() => undefined)
      return came ? undefined : true
    }, 'requests are not seen any more')
    await app.get('/release')
    await held
    const { status, durationMs } = await app.reportOf('/held')
    assert.equal(status, 'finished')
    assert.ok(durationMs > 100)
    app.send({ disable: [] })
    await reported(app, '/late', () => true)
    await peer.close()
    await app.stop()
  })

  it('the profile goes off and on, and samples at another interval', async () => {
    const app = await runApp('live.js', { env: { ...ENV, PERFAGENT_SLOW_MS: '50' } })
    await reported(app, '/busy', ({ evidence }) => evidence.cpu?.intervalMs === 10)
    app.send({ profileIntervalMs: 2 })
    // 200 ms at the interval of before are 20 samples.
    await reported(app, '/busy', ({ evidence: { cpu } }) => cpu?.intervalMs === 2 && cpu.samples > 25)
    app.send({ profile: false })
    await reported(app, '/busy', report => !report.evidence.cpu)
    app.send({ profile: true })
    await reported(app, '/busy', report => report.evidence.cpu?.intervalMs === 2)
    await app.stop()
  })

  it('the profile samples at an interval that is no whole number of microseconds, too', async () => {
    const app = await runApp('live.js', { env: { ...ENV, PERFAGENT_SLOW_MS: '50' } })
    // Times 1000 it is 2009.9999999999998.
    app.send({ profileIntervalMs: 2.01 })
    await reported(app, '/busy', ({ evidence: { cpu } }) => cpu?.intervalMs === 2.01 && cpu.samples > 0)
    await app.stop()
  })

  it('the share of spans', async () => {
    const backend = await startBackend()
    const env = { ...ENV, PERFAGENT_SAMPLE_SHARE: '0', PERFAGENT_OTLP_ENDPOINT: backend.url }
    const app = await runApp('live.js', { backend, env })
    await app.get('/')
    app.send({ sampleShare: 1 })
    await until(async () => {
      await app.get('/late')
      return backend.span(({ name }) => name === 'GET /late', 500).catch(() => undefined)
    }, 'a span of a fast request')
    assert.equal(backend.spans.filter(({ name }) => name === 'GET /').length, 0)
    await app.stop()
    await backend.close()
  })

  it('what cannot change, what is wrong and what does not exist are each said once, and change nothing', async () => {
    const app = await runApp('live.js', { env: ENV })
    for (let i = 0; i < 3; i++) app.send({ httpEndpoint: 'http://127.0.0.1:1/', slowMs: 'soon', slowMz: 1 })
    app.send({ logLevel: 'info', slowMs: 50 })
    await reported(app, '/late', () => true)
    const { stderr } = await app.stop({ stderr: /./ })
    const lines = stderr.split('\n').filter(line => /httpEndpoint|slowMs: the text soon|slowMz/.test(line))
    assert.equal(lines.length, 3, stderr)
    assert.match(stderr, /option httpEndpoint cannot change while the service runs; it is ignored/)
    assert.match(stderr, /now slowMs=50 logLevel=info/)
  })
})

describe('PERFAGENT_CONFIG_FILE', () => {
  let folder: string
  let file: string
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'perfagent-config-'))
    file = path.join(folder, 'perfagent.json')
  })
  after(() => rm(folder, { recursive: true }))

  /** As an editor does it. */
  async function write(text: string): Promise<void> {
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }

  it('is not waited for where it has no end: the service starts, and says so once', async function () {
    if (process.platform === 'win32') skip(this, 'Windows has no pipes among its files')
    const pipe = path.join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    for (const place of [pipe, '/dev/zero']) {
      const app = await runApp('hello.js', { env: { ...ENV, PERFAGENT_SLOW_MS: '50', PERFAGENT_CONFIG_FILE: place } })
      await app.get('/slow')
      await app.report()
      const { stderr } = await app.stop({ stderr: /./ })
      assert.equal(stderr, `[perfagent] PERFAGENT_CONFIG_FILE=${place} is no regular file; it is ignored\n`)
    }
  })

  it('may begin with a byte order mark, as editors write it on Windows', () => {
    const file = path.join(folder, 'marked.json')
    writeFileSync(file, '\ufeff{ "slowMs": 70 }')
    assert.deepEqual(readConfigFile(file), { values: { slowMs: 70 } })
  })

  it('is read at the start and followed; a broken one leaves what it said before, with one warning', async () => {
    await write('{ "slowMs": 60000 }')
    const app = await runApp('live.js', { env: { ...ENV, PERFAGENT_SLOW_MS: '50', PERFAGENT_CONFIG_FILE: file } })
    await app.get('/late')
    await write('{ "slowMs": 70, "file": "/nowhere" }')
    await reported(app, '/late', ({ thresholdMs }) => thresholdMs === 70)
    await write('{ "slowMs": 80, ')
    await until(
      async () => (/not a JSON object/.test(app.output.stderr) ? true : app.get('/').then(() => undefined)),
      'said'
    )
    await reported(app, '/late', ({ thresholdMs }) => thresholdMs === 70)
    await rm(file)
    await reported(app, '/late', ({ thresholdMs }) => thresholdMs === 50)
    const { stderr } = await app.stop({ stderr: /./ })
    assert.equal(app.backend.reports.filter(({ thresholdMs }) => thresholdMs > 70).length, 0)
    assert.deepEqual(stderr.trim().split('\n'), [
      '[perfagent] config file: option file changes with the next start',
      '[perfagent] PERFAGENT_CONFIG_FILE is not a JSON object; what it said before holds'
    ])
  })

  it('that is broken at the start is said once, and again when it was right meanwhile', async () => {
    await write('{ "slowMs": 80, ')
    const app = await runApp('live.js', { env: { ...ENV, PERFAGENT_SLOW_MS: '50', PERFAGENT_CONFIG_FILE: file } })
    await reported(app, '/late', ({ thresholdMs }) => thresholdMs === 50)
    await write('{ "slowMs": 70 }')
    await reported(app, '/late', ({ thresholdMs }) => thresholdMs === 70)
    await write('{ "slowMs": ')
    await until(
      async () => (/said before/.test(app.output.stderr) ? true : app.get('/').then(() => undefined)),
      'said again'
    )
    const { stderr } = await app.stop({ stderr: /./ })
    assert.deepEqual(stderr.trim().split('\n'), [
      `[perfagent] PERFAGENT_CONFIG_FILE=${file} is not a JSON object; it is ignored`,
      '[perfagent] PERFAGENT_CONFIG_FILE is not a JSON object; what it said before holds'
    ])
  })
})

describe('options in a running process', () => {
  /** What was applied, beside what is in force. */
  function running(env: Record<string, string> = {}, code: Options = {}) {
    const applied: Partial<Config>[] = []
    const reading = readConfig({ env, code })
    return { applied, config: reading.config, live: createLive({ reading, env }, each => applied.push(each)) }
  }
  before(() => setLogLevel('none'))
  after(() => setLogLevel('warn'))

  it('are what they were when the application takes back what it said, one by one', () => {
    const { applied, config, live } = running({ PERFAGENT_SLOW_MS: '300' })
    live.configure({ slowMs: 50, profileIntervalMs: 7 })
    live.configure({ slowMs: undefined })
    assert.deepEqual([config.slowMs, config.profileIntervalMs], [300, 7])
    assert.deepEqual(applied, [{ slowMs: 50, profileIntervalMs: 7 }, { slowMs: 300 }])
  })

  it('are what they were at the start, whatever became of the object that said them', () => {
    const given = Object.create({ slowMs: 300 }, { profileIntervalMs: { value: 7, writable: true } })
    const { applied, config, live } = running({}, given)
    given.profileIntervalMs = 9
    live.configure({ sampleShare: 0.5 })
    assert.deepEqual([config.slowMs, config.profileIntervalMs], [300, 7])
    assert.deepEqual(applied, [{ sampleShare: 0.5 }])
  })

  it('of the start alone stay what they are, whatever the file says, and beside what changes', () => {
    const { applied, config, live } = running()
    live.fileIs('{ "file": "/nowhere", "slowMs": 70 }')
    assert.deepEqual([config.file, config.slowMs], ['', 70])
    assert.deepEqual(applied, [{ slowMs: 70 }])
    live.fileIs('{ "file": "/elsewhere", "slowMs": 70 }')
    assert.equal(applied.length, 1)
  })

  it('are read of no file that is larger than one of options could be', () => {
    const file = path.join(os.tmpdir(), `perfagent-large-${process.pid}.json`)
    const text = '{ "slowMs": 70 }'
    try {
      writeFileSync(file, text.padEnd(MAX_FILE_BYTES))
      assert.deepEqual(readConfigFile(file), { values: { slowMs: 70 } })
      writeFileSync(file, text.padEnd(MAX_FILE_BYTES + 1))
      assert.deepEqual(readConfigFile(file), { problem: 'is larger than 262144 bytes' })
    } finally {
      rmSync(file)
    }
  })
})

describe('an instrumentation that was off from the start', () => {
  it('is patched in when it is switched on, once', () => {
    let applied = 0
    const late: Instrumentation = {
      name: 'late',
      supports: '',
      patches: [
        {
          module: 'dataloader',
          file: 'index.js',
          versions: '>=2 <3',
          apply: () => {
            applied++
          }
        }
      ]
    }
    const hearing = createHearing([late], {} as Recorder, () => {})
    hearing.allBut(['late'])
    require('dataloader')
    assert.deepEqual([applied, hearing.hears('late')], [0, false])
    for (const names of [[], ['late'], []]) hearing.allBut(names)
    assert.deepEqual([applied, hearing.hears('late')], [1, true])
    hearing.stop()
  })
})
