// What the console keeps: bounded in memory, over restarts with `--data`, and by the commands that start it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openJournal } from '../../lib/console/journal.js'
import { plainAttributes } from '../../lib/console/origin.js'
import { type ReportRow, toRow } from '../../lib/console/rows.js'
import { createStore } from '../../lib/console/store.js'
import { toProtobuf } from '../../lib/otlp/encode.js'
import { logRecords } from '../../lib/otlp/logs.js'
import { type Program, printed, ROOT, startProgram } from '../harness/program.js'
import { skip } from '../harness/skip.js'
import { anyReport, openConsole } from './console.js'

const HAS_SQLITE = !process.version.startsWith('v20.')
const CLI = path.join(ROOT, 'dist/cli.js')

const rowOf = (): ReportRow => {
  const report = anyReport()
  return toRow(report, JSON.stringify(report))
}

describe('the store', () => {
  it('keeps the newest within its bytes, and counts what gave way', () => {
    const store = createStore(100_000)
    const rows = Array.from({ length: 50 }, rowOf)
    for (const row of rows) store.addReport(row)
    const { reports, bytes, evictedReports } = store.counts()
    assert.ok(bytes <= 43_750 && bytes > 35_000, String(bytes))
    assert.equal(reports + evictedReports, 50)
    assert.deepEqual(
      [...store.reports.keys()],
      rows.slice(-reports).map(({ key }) => key)
    )
  })

  it('keeps what the kernel saw with its report, whichever comes first, and over the report of the end', () => {
    const store = createStore(1e6)
    const [first, second] = [rowOf(), rowOf()] as [ReportRow, ReportRow]
    store.addKernel(first.key, 'early')
    store.addReport({ ...first, status: 'running' })
    store.addReport(first)
    store.addReport(second)
    store.addKernel(second.key, 'late')
    assert.deepEqual(
      [first, second].map(({ key }) => String(store.reports.get(key)!.kernel)),
      ['early', 'late']
    )
    for (let i = 0; i < 1000; i++) store.addKernel(`nobody-${i}`, 'x'.repeat(1000))
    assert.ok(store.counts().bytes < 100_000)
  })

  it('counts nothing twice of a series whose points come late or again', () => {
    const store = createStore(1e6)
    const origin = { service: 'a', version: '', instance: '', ours: true }
    const at = (atMs: number) =>
      store.addMetric({
        name: 'n',
        origin,
        attributes: {},
        kind: 'cumulative',
        startMs: 1000,
        atMs,
        value: atMs,
        count: 0
      })
    for (const atMs of [10_000, 20_000, 15_000, 20_000, 30_000]) at(atMs)
    const [series] = store.metrics.values()
    assert.deepEqual(
      series!.steps.map(({ fromMs, toMs }) => [fromMs, toMs]),
      [
        [1000, 10_000],
        [10_000, 20_000],
        [20_000, 30_000]
      ]
    )
  })

  it('gives way with whole traces', () => {
    const store = createStore(100_000)
    const origin = { service: 'a', version: '', instance: '', ours: false }
    for (let trace = 0; trace < 100; trace++) {
      for (let span = 0; span < 5; span++) {
        store.addSpan({
          traceId: String(trace),
          spanId: String(span),
          parentSpanId: '',
          origin,
          name: 'GET /',
          kind: 'server',
          startMs: 1,
          endMs: 2,
          failed: false,
          attributes: { text: 'x'.repeat(200) }
        })
      }
    }
    const { traces, spans, evictedTraces, bytes } = store.counts()
    assert.equal(traces + evictedTraces, 100)
    assert.equal(spans, traces * 5)
    assert.ok(bytes <= 43_750 && bytes > 35_000, String(bytes))
  })

  it('has of a span 128 attributes, and of each text 4,000 characters', () => {
    const value = { stringValue: 'x'.repeat(100_000) }
    const pairs = Array.from({ length: 1000 }, (_, i) => ({ key: `${i}`, value }))
    const texts = Object.values(plainAttributes(pairs)) as string[]
    assert.deepEqual([texts.length, Math.max(...texts.map(({ length }) => length))], [128, 4000])
  })

  it('gives way with the series that was silent longest', () => {
    const store = createStore(1_000_000)
    const add = (instance: number, atMs: number): void => {
      const origin = { service: 'a', version: '', instance: String(instance), ours: true }
      const attributes = { route: 'x'.repeat(1000) }
      store.addMetric({ name: 'n', origin, attributes, kind: 'gauge', startMs: 0, atMs, value: 1, count: 0 })
    }
    for (let instance = 0; instance < 1000; instance++) {
      add(instance, 1000 + instance)
      add(0, 1000 + instance)
    }
    const { series, bytes } = store.counts()
    assert.ok(bytes <= 125_000 && bytes > 100_000, String(bytes))
    const instances = [...store.metrics.values()].map(({ origin }) => Number(origin.instance))
    assert.equal(series, instances.length)
    assert.ok(instances.includes(0) && instances.includes(999) && !instances.includes(1))
  })
})

describe('the journal', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'perfagent-console-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('says which Node it needs where there is no SQLite', function () {
    if (HAS_SQLITE) skip(this, 'this Node has node:sqlite')
    const inNone = path.join(folder, 'none')
    assert.throws(() => openJournal(inNone, 1e6), /needs node:sqlite, which v20\S* does not have: Node 22\.13/)
    assert.ok(!existsSync(inNone), 'and leaves nothing behind')
  })

  it('has what came, in order and within its bytes', function () {
    if (!HAS_SQLITE) skip(this, 'this Node has no node:sqlite: 22.13 and newer do')
    const first = openJournal(folder, 1000)
    for (let i = 0; i < 20; i++) first.add('logs', 'application/json', Buffer.alloc(100, i))
    first.close()
    const again = openJournal(folder, 1000)
    const bodies: number[] = []
    again.replay((_signal, _type, body) => bodies.push(body[0]!))
    again.close()
    assert.deepEqual(bodies, [10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
    assert.ok(statSync(path.join(folder, 'console.sqlite')).size > 0)
  })

  function databaseIn(place: string): { exec(sql: string): void; close(): void } {
    const { DatabaseSync } = require('node:sqlite')
    return new DatabaseSync(path.join(place, 'console.sqlite'))
  }

  it('that cannot be written says so once, and goes on when it can', function () {
    if (!HAS_SQLITE) skip(this, 'this Node has no node:sqlite: 22.13 and newer do')
    const said: string[] = []
    const journal = openJournal(folder, 1e6, text => said.push(text))
    const other = databaseIn(folder)
    // More than it keeps back, so each is written at once.
    const add = (nth: number): void => journal.add('logs', 'application/json', Buffer.alloc(9e6, nth))
    other.exec('BEGIN IMMEDIATE')
    for (const nth of [1, 2]) add(nth)
    other.exec('ROLLBACK')
    journal.add('logs', 'application/json', Buffer.alloc(100, 3))
    journal.close()
    other.close()
    assert.deepEqual(said, [`what comes is not kept in ${folder}: database is locked`])
    const again = openJournal(folder, 1e6)
    const bodies: number[] = []
    again.replay((_signal, _type, body) => bodies.push(body[0]!))
    again.close()
    assert.deepEqual(bodies, [3])
  })

  it('goes on after a write that failed half way, and keeps nothing of it', function () {
    if (!HAS_SQLITE) skip(this, 'this Node has no node:sqlite: 22.13 and newer do')
    const said: string[] = []
    const failing = path.join(folder, 'failing')
    const journal = openJournal(failing, 1e8, text => said.push(text))
    const other = databaseIn(failing)
    const add = (nth: number): void => journal.add('logs', 'application/json', Buffer.alloc(9e6, nth))
    other.exec("CREATE TRIGGER full AFTER INSERT ON bodies BEGIN SELECT RAISE(FAIL, 'disk is full'); END")
    for (const nth of [1, 2]) add(nth)
    other.exec('DROP TRIGGER full')
    add(3)
    other.exec("CREATE TRIGGER full AFTER INSERT ON bodies BEGIN SELECT RAISE(FAIL, 'full again'); END")
    add(4)
    journal.close()
    other.close()
    assert.deepEqual(
      said.map(text => text.split(': ').at(-1)),
      ['disk is full', 'full again']
    )
    const again = openJournal(failing, 1e8)
    const bodies: number[] = []
    again.replay((_signal, _type, body) => bodies.push(body[0]!))
    again.close()
    assert.deepEqual(bodies, [3])
  })
})

describe('perfagent console', () => {
  const start = async (args: string[], env: Record<string, string> = {}): Promise<Program & { url: string }> => {
    const program = startProgram(CLI, { preload: 'none', args, env })
    program.child.disconnect()
    const [, url] = await printed(program, /(http:\/\/[^\s/?]+)\S*\s/)
    return { ...program, url: url! }
  }
  const stop = async ({ child, outcome }: Program): Promise<number | null> => {
    child.kill('SIGTERM')
    return (await outcome).code
  }
  const post = (url: string): Promise<Response> =>
    fetch(`${url}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: toProtobuf('ExportLogsServiceRequest', logRecords([anyReport()], '1')!)
    })
  const countAt = async (url: string): Promise<number> =>
    ((await (await fetch(`${url}/api/counts`)).json()) as { reports: number }).reports

  it('has after a restart what it had before, also beside a body that nobody can read any more', async function () {
    if (!HAS_SQLITE) skip(this, 'this Node has no node:sqlite: 22.13 and newer do')
    const folder = mkdtempSync(path.join(tmpdir(), 'perfagent-console-'))
    try {
      const journal = openJournal(folder, 1e6)
      journal.add('logs', 'application/x-protobuf', Buffer.alloc(100, 0xff))
      journal.close()
      const first = await start(['console', '--port', '0', '--data', folder])
      await post(first.url)
      assert.equal(await countAt(first.url), 1)
      assert.equal(await stop(first), 0)
      const second = await start(['console', '--port', '0', '--data', folder])
      assert.equal(await countAt(second.url), 1)
      assert.equal(await stop(second), 0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('says that the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { outcome } = startProgram(CLI, { preload: 'none', args: ['console', '--port', String(port)] })
    const { code, stderr } = await outcome
    assert.deepEqual([code, stderr], [1, `perfagent: console: port ${port} is taken\n`])
    taken.close()
  })

  for (const [args, said] of [
    [['console', '--port', 'x'], /--port is a whole number/],
    [['console', '--max-mib', '0'], /--max-mib is a whole number/],
    [['console', '--token', 'short'], /--token has 8 to 200/],
    [['run'], /what is to be run\?/],
    [['tail', '--url', 'http://127.0.0.1:1'], /no console at http:\/\/127.0.0.1:1/]
  ] as [string[], RegExp][]) {
    it(`${args.join(' ')}: one line`, async () => {
      const { code, stdout, stderr } = await startProgram(CLI, { preload: 'none', args }).outcome
      assert.deepEqual([code, stdout, stderr.split('\n').length], [1, '', 2])
      assert.match(stderr, said)
    })
  }

  it('needs a token on another address than the loopback, and prints one', async () => {
    const program = await start(['console', '--port', '0', '--host', '0.0.0.0'])
    const link = /http:\S+\?token=\S+/.exec(program.output.stdout)![0]
    assert.equal((await fetch(program.url)).status, 401)
    const tail = await startProgram(CLI, { preload: 'none', args: ['tail', '--url', program.url] }).outcome
    assert.equal(tail.stderr, `perfagent: tail: ${program.url} answered 401: it wants its --token\n`)
    assert.equal((await fetch(link, { redirect: 'manual' })).status, 303)
    assert.equal(await stop(program), 0)
  })

  it('run: a program with the agent beside its own NODE_OPTIONS, whose reports arrive; ends as the program does', async () => {
    const app = `
      const http = require('node:http')
      const server = http.createServer((req, res) => setTimeout(() => res.end(), 80)).listen(0, () => {
        http.get({ port: server.address().port, path: '/slow' }, res => res.resume().on('end', () => {
          setTimeout(() => { process.exitCode = process.noDeprecation ? 7 : 8; server.close(); server.closeAllConnections() }, 2500)
        }))
      })`
    const env = { PERFAGENT_SLOW_MS: '50', NODE_OPTIONS: '--no-deprecation' }
    const program = await start(['run', '--port', '0', '--', process.execPath, '-e', app], env)
    let count = 0
    while (count === 0 && program.child.exitCode === null) count = await countAt(program.url).catch(() => 0)
    assert.equal(count, 1)
    assert.equal((await program.outcome).code, 7)
  })

  it('tail: prints each report as it comes, in however many pieces, also of a console with a token', async () => {
    const token = 'sesame-sesame'
    const subject = await openConsole({ token })
    const program = startProgram(CLI, { preload: 'none', args: ['tail', '--url', subject.url, '--token', token] })
    program.child.disconnect()
    const report = anyReport({ annotations: { text: 'x'.repeat(150_000) } })
    // Whether it reads already is not known from outside.
    const sending = setInterval(() => subject.send([report]), 100)
    await printed(program, /Waited 590 ms/)
    clearInterval(sending)
    assert.match(program.output.stdout, /^GET \/orders\/:id {2}812 ms {2}200$/m)
    assert.equal(await stop(program), 0)
    await subject.close()
  })
})
