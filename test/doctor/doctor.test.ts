// `perfagent doctor`, run as its user does.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { mock } from 'node:test'
import { build } from 'esbuild'
import { SIGNS } from '../../lib/doctor/bundle.js'
import { checkDelivery } from '../../lib/doctor/delivery.js'
import type { Finding } from '../../lib/doctor/finding.js'
import { judgeLibraries } from '../../lib/doctor/libraries.js'
import { checkClock, checkFiles } from '../../lib/doctor/machine.js'
import { checkProgram } from '../../lib/doctor/program.js'
import { readConfig } from '../../lib/options/config.js'
import { type Backend, startBackend } from '../harness/backend.js'
import { APPS, ESM, REGISTER, ROOT, runProgram } from '../harness/program.js'
import { skip } from '../harness/skip.js'
import { sampleReport } from '../sample-report.js'

const CLI = path.join(ROOT, 'dist/cli.js')

async function examine(program: string[] = [], env: Record<string, string> = {}) {
  const args = ['doctor', '--json', ...(program.length > 0 ? ['--', ...program] : [])]
  const { code, stdout, stderr } = await runProgram(CLI, { args, preload: 'none', env })
  const { findings, options } = JSON.parse(stdout) as {
    findings: Finding[]
    options: { variable: string; value: string; source: string }[]
  }
  const about = (name: string) => findings.filter(finding => finding.about === name)
  return { code, stderr, findings, options, about }
}

/** Its own code, not that of packages inside it. */
const holds = (folder: string, text: string): boolean =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.c?js$/.test(file) && !file.includes('node_modules') && !/(?:^|\/)(?:test|benchmark)/.test(file))
    .some(file => readFileSync(path.join(folder, file), 'utf8').includes(text))

describe('perfagent doctor', function () {
  this.timeout(100_000)
  let backend: Backend
  before(async () => {
    backend = await startBackend()
  })
  after(() => backend.close())

  it('finds nothing wrong where nothing is: a report reaches each backend, and a slow request is explained', async () => {
    const { code, findings, about, options } = await examine([], {
      PERFAGENT_HTTP_ENDPOINT: `${backend.url}/reports`,
      OTEL_EXPORTER_OTLP_ENDPOINT: backend.url
    })
    assert.deepEqual(
      findings.filter(({ state }) => state === 'wrong'),
      []
    )
    assert.equal(code, 0)
    for (const name of ['otlp traces', 'otlp logs', 'otlp metrics', 'http'])
      assert.equal(about(name)[0]?.state, 'ok', name)
    assert.equal((await backend.report()).request.route, '/perfagent-doctor')
    await backend.span(({ name }) => name === 'GET /perfagent-doctor')
    assert.notEqual(about('evidence')[0]?.state, 'wrong')
    assert.equal(
      options.find(({ variable }) => variable === 'PERFAGENT_OTLP_ENDPOINT')?.source,
      'OTEL_EXPORTER_OTLP_ENDPOINT'
    )
  })

  it('a backend that is not there and a misspelt variable: 1, with what to do', async () => {
    const { code, about } = await examine([], { PERFAGENT_HTTP_ENDPOINT: 'http://127.0.0.1:1/', PERFAGENT_SLOWMS: '7' })
    assert.equal(code, 1)
    assert.match(about('http')[0]!.said, /^http:\/\/127\.0\.0\.1:1\/: cannot be reached/)
    assert.match(about('options')[0]!.said, /PERFAGENT_SLOW_MS\?$/)
    for (const name of ['http', 'options']) assert.ok(about(name)[0]!.mend)
  })

  it('a program: how perfagent came in, and the libraries with their versions', async () => {
    const { code, about } = await examine([process.execPath, '--require', REGISTER, path.join(APPS, 'fastify.js')])
    assert.equal(code, 0)
    assert.match(about('program')[0]!.said, /fastify\.js listens$/)
    assert.match(about('loading')[0]!.said, /^perfagent \S+, asked for by the command line$/)
    assert.match(about('find-my-way')[0]!.said, /^find-my-way \d+\.\d+\.\d+ is patched$/)
  })

  it('a library of ES modules: how it would be seen, and that it is', async () => {
    mkdirSync(path.join(ROOT, 'test-results'), { recursive: true })
    const folder = mkdtempSync(path.join(ROOT, 'test-results/doctor-'))
    try {
      const file = path.join(folder, 'app.mjs')
      writeFileSync(file, `import http from 'node:http'; import 'postgres'; http.createServer().listen(0, '127.0.0.1')`)
      const unseen = await examine([process.execPath, '--import', REGISTER, file])
      assert.match(unseen.about('postgres')[0]!.said, /none of its files was patched: by import it is not seen/)
      assert.match(unseen.about('postgres')[0]!.mend!, /node --import perfagent\/esm/)
      const seen = await examine([process.execPath, '--import', ESM, file])
      assert.match(seen.about('postgres')[0]!.said, /^postgres \S+ is patched$/)
      assert.deepEqual([unseen.code, seen.code], [0, 0])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('a bundle with a library inside that has to be patched', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'doctor-bundle-'))
    const outfile = path.join(folder, 'out.js')
    const contents = `require('generic-pool'); const Koa = require('koa'); require('node:http').createServer(new Koa().callback()).listen(0, '127.0.0.1')`
    await build({ stdin: { contents, resolveDir: ROOT }, outfile, bundle: true, minify: true, platform: 'node' })
    const { code, findings } = await examine([process.execPath, '--require', REGISTER, outfile])
    rmSync(folder, { recursive: true })
    assert.equal(code, 1)
    const wrong = findings.filter(({ state }) => state === 'wrong')
    assert.deepEqual(
      wrong.map(({ about }) => about),
      ['koa-compose', 'generic-pool']
    )
    assert.match(wrong[0]!.mend!, /^leave koa outside/)
  })

  it('finds bundled libraries by what is in their code, and in no other', () => {
    for (const [name, sign] of Object.entries(SIGNS)) {
      const has = (folder: string): boolean => holds(path.join(ROOT, 'node_modules', folder), sign)
      assert.deepEqual(Object.keys(SIGNS).filter(has), [name])
    }
  })

  describe('what is wrong with a program', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'doctor-test-'))
    after(() => rmSync(folder, { recursive: true }))
    const write = (text: string): string => {
      const file = path.join(folder, 'app.js')
      writeFileSync(file, text)
      return file
    }
    const listens = `require('node:http').createServer().listen(0, '127.0.0.1')`

    const CASES: [title: string, text: string, about: string, said: RegExp][] = [
      ['it has no agent', listens, 'loading', /^perfagent is not in this program$/],
      [
        'a library was loaded before the agent',
        `require(${JSON.stringify(require.resolve('pg'))}); require(${JSON.stringify(REGISTER)}); ${listens}`,
        'pg',
        /^pg \S+ was loaded before perfagent/
      ],
      [
        'it has the API alone',
        `require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))}); ${listens}`,
        'loading',
        /^perfagent is loaded for its API, and nothing starts it$/
      ],
      [
        'the flag stands behind it',
        `process.argv.push('--require', 'perfagent/register'); ${listens}`,
        'loading',
        /^--require stands behind \S+app\.js, which gets it in place of Node$/
      ],
      ['it does not start', `throw new Error('no such table')`, 'program', /^ended with 1/]
    ]
    it('there is none of that name', async () => {
      // In a microtask, as behind another check: Node tells it in a tick, when microtasks are over.
      const [finding, ...others] = await Promise.resolve().then(() => checkProgram(['no-such-program', 'app.js']))
      assert.deepEqual(others, [])
      assert.match(finding!.said, /no-such-program ENOENT/)
      assert.match(finding!.mend!, /perfagent doctor -- node app\.js/)
    })

    it('it is switched off', async () => {
      const env = { OTEL_SDK_DISABLED: 'true' }
      const { code, about } = await examine([process.execPath, '--require', REGISTER, write(listens)], env)
      assert.equal(about('loading')[0]!.said, 'perfagent is switched off by OTEL_SDK_DISABLED')
      assert.equal(code, 1)
    })

    for (const [title, text, about, said] of CASES) {
      it(title, async () => {
        const result = await examine([process.execPath, write(text)])
        const finding = result.about(about).find(({ state }) => state === 'wrong')
        assert.match(finding?.said ?? '', said, JSON.stringify(result.findings))
        assert.ok(finding!.mend)
        assert.equal(result.code, 1)
      })
    }
  })

  it('a backend that takes a report and throws it away', async () => {
    const rejecting = await startBackend({
      headers: { 'content-type': 'application/json' },
      body: '{"partialSuccess":{"rejectedLogRecords":"1"}}'
    })
    const otlpLogsEndpoint = `${rejecting.url}/v1/logs`
    const { config } = readConfig({ env: {}, code: { otlpLogsEndpoint } })
    const findings = await checkDelivery(config, sampleReport().service)
    await rejecting.close()
    const said = findings.map(({ state, about, said }) => [state, about, said])
    assert.deepEqual(said, [['wrong', 'otlp logs', `${otlpLogsEndpoint}: took it and threw it away`]])
  })

  it('a library in a version that is not seen, and one that needs no patch', () => {
    const loaded = (module: string, version: string) => ({ module, version, patched: false, early: false })
    const findings = judgeLibraries([loaded('koa-compose', '1.0.0'), loaded('undici', '7.0.0')])
    assert.deepEqual(
      findings.map(({ state, said }) => [state, said]),
      [
        ['note', 'koa-compose 1.0.0 is none of the supported versions: it is not seen'],
        ['ok', 'undici 7.0.0 publishes channels of its own']
      ]
    )
  })

  it('a wall clock that was set since the process began', () => {
    const { timeOrigin } = performance
    const saidOf = (setMs: number): string => {
      mock.method(Date, 'now', () => timeOrigin + performance.now() + setMs)
      const { state, said } = checkClock()
      mock.restoreAll()
      return `${state} ${said}`
    }
    assert.equal(saidOf(0), 'ok steady')
    assert.match(saidOf(-3_600_000), /^note the wall clock was set by 3600 s since/)
  })

  it('a folder where the service may write no file', function () {
    if (process.platform === 'win32') skip(this, 'a folder that nobody may write to is made by its mode')
    const folder = mkdtempSync(path.join(tmpdir(), 'doctor-file-'))
    chmodSync(folder, 0o555)
    // Who may do everything becomes somebody who may not: nobody, as Linux and macOS have it.
    const script = `
      const { checkFiles } = require(${JSON.stringify(path.join(ROOT, 'dist/lib/doctor/machine.js'))})
      if (process.getuid() === 0) process.setuid(65534)
      console.log(JSON.stringify(checkFiles({ file: process.argv[1] })))`
    const args = ['-e', script, path.join(folder, 'reports.json')]
    const [found] = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Finding[]
    rmSync(folder, { recursive: true })
    assert.match(`${found?.state} ${found?.said}`, /^wrong \S*reports\.json: EACCES/)
  })

  it('files and folders that cannot be written, each by its name', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'doctor-files-'))
    const file = path.join(folder, 'file')
    writeFileSync(file, '')
    const found = (env: Record<string, string>) =>
      checkFiles(readConfig({ env }).config).map(({ about, state }) => `${about} ${state}`)
    const all = (where: string) =>
      found({ PERFAGENT_FILE: where, PERFAGENT_MEMORY_FILE: where, PERFAGENT_SPOOL_DIR: where })
    const outcomes = {
      set: all(path.join(folder, 'new')),
      there: all(file),
      folder: all(folder),
      below: all(path.join(folder, 'new/new')),
      'below a file': all(path.join(file, 'new')),
      none: found({})
    }
    rmSync(folder, { recursive: true })
    assert.deepEqual(outcomes, {
      set: ['file ok', 'memory ok', 'spool ok'],
      there: ['file ok', 'memory ok', 'spool wrong'],
      folder: ['file wrong', 'memory wrong', 'spool ok'],
      below: ['file wrong', 'memory ok', 'spool ok'],
      'below a file': ['file wrong', 'memory wrong', 'spool wrong'],
      none: []
    })
  })

  it('a backend that takes connections and does not answer: how long was waited for it', async () => {
    const silent = await startBackend('hang')
    const env = { PERFAGENT_HTTP_ENDPOINT: silent.url, PERFAGENT_OTLP_TIMEOUT_MS: '50' }
    const findings = await checkDelivery(readConfig({ env }).config, sampleReport().service)
    await silent.close()
    assert.match(findings.find(({ about }) => about === 'http')!.said, /: gave no answer within 50 ms$/)
  })

  it('a webhook for alerts: told in a line that is no alert, and what is wrong without its secret', async () => {
    const service = sampleReport().service
    const examined = async (url: string) => {
      const { config } = readConfig({ env: { PERFAGENT_EXPORT: 'none', PERFAGENT_ALERT_ENDPOINT: url } })
      return (await checkDelivery(config, service)).find(({ about }) => about === 'alert')!
    }
    const told = backend.request(({ path }) => path === '/hooks/secret')
    assert.equal((await examined(`${backend.url}/hooks/secret`)).state, 'ok')
    const { text, alerts } = JSON.parse((await told).body.toString())
    assert.match(text, /doctor tried the way to this webhook/)
    assert.deepEqual(alerts, [])
    const gone = await examined('http://127.0.0.1:1/hooks/secret')
    assert.equal(gone.state, 'wrong')
    assert.match(gone.said, /^http:\/\/127\.0\.0\.1:1: cannot be reached/)
    assert.doesNotMatch(gone.said, /secret/)
  })
})
