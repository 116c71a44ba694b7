import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs, { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { mock } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Outcome } from '../../lib/export/exporter.js'
import { file } from '../../lib/export/file.js'
import { chooseDestinations, createExport } from '../../lib/export/index.js'
import { pack } from '../../lib/export/packed.js'
import { type Options, readConfig } from '../../lib/options/config.js'
import { startBackend } from '../harness/backend.js'
import { skip } from '../harness/skip.js'
import { sampleReport } from '../sample-report.js'
import { fakeClock } from './clock.js'

const config = (code: Options) => readConfig({ env: {}, code }).config
const LIB = path.join(__dirname, '../../lib/export')

describe('the exporters', () => {
  const cases: [Options, string[], RegExp?][] = [
    [{}, ['stdout']],
    [{ export: ['none'] }, []],
    [{ httpEndpoint: 'http://127.0.0.1:1/' }, ['http']],
    [{ httpEndpoint: 'http://127.0.0.1:1/', file: '/tmp/x' }, ['http', 'file']],
    [{ httpEndpoint: 'http://127.0.0.1:1/', export: ['stdout'] }, ['stdout']],
    [{ export: ['file'] }, [], /^exporter file is asked for but not told where to send: set PERFAGENT_FILE$/],
    [{ export: ['http'] }, [], /^exporter http .*: set PERFAGENT_HTTP_ENDPOINT$/]
  ]
  for (const [options, names, warning] of cases) {
    it(`of ${JSON.stringify(options)} are ${names.join(', ') || 'none'}`, () => {
      const clock = fakeClock()
      assert.deepEqual(
        chooseDestinations(config(options), clock).map(({ name }) => name),
        names
      )
      assert.match(clock.lines.join(), warning ?? /^$/)
    })
  }

  it('deliver to the living one whatever the dead one does', async () => {
    const backend = await startBackend()
    const hanging = await startBackend('hang')
    const lines: string[] = []
    const options = {
      config: config({ httpEndpoint: `${backend.url}/reports` }),
      colors: false,
      log: (_: string, text: string) => void lines.push(text)
    }
    const { service } = sampleReport()
    const alive = createExport({ ...options, service })
    const dead = createExport({ ...options, config: config({ httpEndpoint: hanging.url }), service })
    for (let i = 0; i < 20; i++) {
      alive.push(sampleReport({ id: `r${i}` }))
      dead.push(sampleReport({ id: `r${i}` }))
    }
    await Promise.all([alive.flush(5000), dead.flush(50)])
    assert.equal(backend.reports.length, 20)
    assert.equal(alive.counts()['http']!.delivered, 20)
    assert.equal(hanging.received.length, 1)
    alive.stop()
    dead.stop()
    await Promise.all([backend.close(), hanging.close()])
    assert.deepEqual(lines, [])
  })

  for (const dead of ['http', 'otlp'] as const) {
    it(`tell of a report once, when the last destination has it, and not while ${dead} wants it later`, async () => {
      const backends = { http: await startBackend(), otlp: await startBackend() }
      backends[dead].answer = { status: 503 }
      const settled: number[] = []
      const outlet = createExport({
        config: config({ httpEndpoint: `${backends.http.url}/reports`, otlpEndpoint: backends.otlp.url }),
        service: sampleReport().service,
        colors: false,
        log() {},
        settled: requests => settled.push(requests)
      })
      outlet.push(sampleReport({ dropped: { operations: 0, reports: 2 } }))
      await outlet.flush(10_000)
      const delivered = Object.entries(outlet.counts()).flatMap(([name, counts]) => (counts.delivered ? [name] : []))
      assert.deepEqual(delivered, dead === 'http' ? ['otlp traces', 'otlp logs'] : ['http'])
      assert.deepEqual(settled, [])
      backends[dead].answer = {}
      await outlet.flush(10_000)
      assert.deepEqual(settled, [3])
      outlet.stop()
      await Promise.all(Object.values(backends).map(backend => backend.close()))
    })
  }

  /** Bytes of buffers that are still referenced. */
  function keptBytes(): number {
    setFlagsFromString('--expose-gc')
    runInNewContext('gc')()
    return process.memoryUsage().arrayBuffers
  }

  it('cost a bounded memory and two lines while the backend is down', async () => {
    const lines: string[] = []
    const outlet = createExport({
      config: config({ httpEndpoint: 'http://127.0.0.1:9/', queueMaxBytes: 1_000_000 }),
      service: sampleReport().service,
      colors: false,
      log: (_, text) => void lines.push(text)
    })
    const before = keptBytes()
    for (let i = 0; i < 10_000; i++) outlet.push(sampleReport({ id: `r${i}`, durationMs: 500 + (i % 100) }))
    await outlet.flush(500)
    const grown = keptBytes() - before
    const { waiting, dropped } = outlet.counts()['http']!
    outlet.stop()
    assert.equal(waiting + dropped, 10_000)
    assert.ok(grown < 5e6, `for a queue of 1 MB, ${grown} bytes are kept`)
    assert.equal(lines.length, 1)
    assert.match(lines[0]!, /^http: http:\/\/127\.0\.0\.1:9\/ cannot be reached \(.*ECONNREFUSED.*\); reports wait/)
  })
})

describe('the file exporter', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'perfagent-file-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const write = (name: string, id: string, fileMaxBytes = 1e6): Promise<Outcome> => {
    const [destination] = file.destinations(config({ file: path.resolve(folder, name), fileMaxBytes }), fakeClock())
    return destination!.send([pack(sampleReport({ id }))], new AbortController().signal, 0)
  }
  const idsIn = (name: string): string[] =>
    readFileSync(path.join(folder, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).id)

  it('appends lines that only the owner can read', async () => {
    await write('out', 'a')
    await write('out', 'b')
    assert.deepEqual(idsIn('out'), ['a', 'b'])
    assert.equal(statSync(path.join(folder, 'out')).mode & 0o777, 0o600)
  })

  it('rotates by size and keeps three old files', async () => {
    const size = pack(sampleReport({ id: 'r0' })).size + 1
    for (let i = 0; i < 9; i++) await write('out', `r${i}`, Math.max(10_000, size))
    const perFile = Math.floor(10_000 / size)
    for (let i = 0; i < 5 * perFile; i++) await write('out', `s${i}`, 10_000)
    assert.deepEqual(readdirSync(folder).sort(), ['out', 'out.1', 'out.2', 'out.3'])
    for (const name of readdirSync(folder)) assert.ok(statSync(path.join(folder, name)).size <= 10_000)
    assert.equal(idsIn('out').at(-1), `s${5 * perFile - 1}`)
  })

  it('waits where a disk is full, which may have room again', async function () {
    if (!existsSync('/dev/full')) skip(this, 'this system has no disk that is always full')
    const outcome = await write('/dev/full', 'a')
    assert.match(JSON.stringify(outcome), /^\{"type":"retry","reason":"cannot be written \(ENOSPC/)
  })

  it('leaves no half line where the disk took a part, and the report comes when there is room', async () => {
    await write('out', 'a')
    const { writeSync } = fs
    const half = (descriptor: number, lines: Buffer): number => writeSync(descriptor, lines.subarray(0, 100))
    mock.method(fs, 'writeSync', half as typeof writeSync, { times: 1 })
    assert.equal((await write('out', 'b')).type, 'retry')
    await write('out', 'b')
    assert.deepEqual(idsIn('out'), ['a', 'b'])
  })

  it('cuts nothing off where another process has appended since', async () => {
    await write('out', 'a')
    const [before] = readFileSync(path.join(folder, 'out'), 'utf8').split('\n')
    const { writeSync } = fs
    const half = (descriptor: number, lines: Buffer): number => {
      const written = writeSync(descriptor, lines.subarray(0, 100))
      writeSync(descriptor, Buffer.from('theirs'))
      return written
    }
    mock.method(fs, 'writeSync', half as typeof writeSync, { times: 1 })
    assert.equal((await write('out', 'b')).type, 'retry')
    const text = readFileSync(path.join(folder, 'out'), 'utf8')
    assert.ok(text.startsWith(`${before}\n`) && text.endsWith('theirs'))
  })

  it('is off where nothing can be written', async () => {
    const outcome = await write('no/such/folder', 'a')
    assert.equal(outcome.type, 'off')
  })
})

describe('the stdout exporter', () => {
  const SCRIPT = `
    const { createExport } = require(${JSON.stringify(path.join(LIB, 'index.js'))})
    const { readConfig } = require(${JSON.stringify(path.join(LIB, '../options/config.js'))})
    const { sampleReport } = require(${JSON.stringify(path.join(LIB, '../../test/sample-report.js'))})
    const { config } = readConfig({ env: {} })
    const log = (level, text) => process.stderr.write(text + '\\n')
    const outlet = createExport({ config, service: sampleReport().service, colors: false, log })
    for (let i = 0; i < Number(process.argv[1]); i++) outlet.push(sampleReport())
    outlet.flush(5000).then(() => { process.stderr.write(JSON.stringify(outlet.counts())); process.exit() })`

  it('writes a block for each report', () => {
    const text = execFileSync(process.execPath, ['-e', SCRIPT, '3'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    })
    assert.equal(text.split('\n\n').filter(Boolean).length, 3)
  })

  it('is off, with one line, when nobody reads any more', async () => {
    const child = spawn(process.execPath, ['-e', SCRIPT, '3'], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let errors = ''
    child.stderr.on('data', data => {
      errors += data
    })
    const [code] = await once(child, 'close')
    assert.equal(code, 0)
    assert.match(
      errors,
      /^stdout: stdout cannot be written \(EPIPE.*\); switched off\n\{"stdout":\{"delivered":0,.*"dropped":3/
    )
  })

  it('waits for a slow reader and loses nothing', async () => {
    const child = spawn(process.execPath, ['-e', SCRIPT, '400'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.on('data', data => {
      said += data
    })
    await new Promise(resolve => setTimeout(resolve, 300))
    let text = ''
    child.stdout.on('data', data => {
      text += data
    })
    await once(child, 'close')
    assert.equal(text.split('\n\n').filter(Boolean).length, 400)
    assert.match(said, /^\{"stdout":\{"delivered":400,.*"dropped":0/)
  })
})
