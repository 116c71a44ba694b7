// That the console holds no more memory than it counts, since what is told of a limit has to be true of the process; and that what it has on
// the disk is nobody else's to read.

import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createApi } from '../../lib/console/api.js'
import { openJournal } from '../../lib/console/journal.js'
import { plainAttributes } from '../../lib/console/origin.js'
import { receive } from '../../lib/console/receive.js'
import { type ReportRow, toRow } from '../../lib/console/rows.js'
import { createStore } from '../../lib/console/store.js'
import { toProtobuf } from '../../lib/otlp/encode.js'
import { skip } from '../harness/skip.js'
import { anyReport } from './console.js'

const PROTOBUF = 'application/x-protobuf'

const rowOf = (): ReportRow => {
  const report = anyReport()
  return toRow(report, JSON.stringify(report))
}

describe('what the console holds', () => {
  let heapBytes: () => number
  before(() => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    heapBytes = () => {
      collect()
      return process.memoryUsage().heapUsed
    }
  })

  it('is counted with what the kernel saw, whichever comes first, and reports give way for it', () => {
    const store = createStore(1_000_000)
    const told = 'x'.repeat(100_000)
    for (let i = 0; i < 20; i++) {
      const row = rowOf()
      if (i % 2 === 0) store.addKernel(row.key, told)
      store.addReport(row)
      if (i % 2 === 1) store.addKernel(row.key, told)
    }
    const { bytes, reports, evictedReports } = store.counts()
    const held = [...store.reports.values()].reduce((sum, { kernel }) => sum + (kernel?.length ?? 0), 0)
    assert.ok(held <= bytes && bytes <= 437_500 && reports > 2, JSON.stringify({ held, bytes, reports }))
    assert.equal(reports + evictedReports, 20)
  })

  it('is of a long text the beginning that is kept, not the whole', () => {
    const [texts, chars] = [30, 1_000_000]
    const kept: unknown[] = []
    const before = heapBytes()
    for (let i = 0; i < texts; i++) {
      // As a decoder makes it: in one piece.
      const whole = (): string => Buffer.alloc(chars, 'x').toString('latin1')
      kept.push(plainAttributes([{ key: whole(), value: { stringValue: whole() } }]))
    }
    const grown = heapBytes() - before
    assert.ok(grown < (texts * chars) / 2, `${kept.length} spans hold ${grown} bytes`)
  })

  it('is of views that were asked for a little, however many they were', () => {
    const store = createStore(1e8)
    for (let i = 0; i < 5000; i++) {
      const report = anyReport({
        request: { method: 'GET', route: `/${'x'.repeat(100)}/${i}`, path: '', statusCode: 200 }
      })
      store.addReport(toRow(report, JSON.stringify(report)))
    }
    const api = createApi(store)
    const ask = (min: number) => api('/api/requests', new URLSearchParams({ min: String(min) })) as { body: string }
    const chars = ask(0).body.length
    const before = heapBytes()
    for (let i = 1; i <= 60; i++) ask(i / 1000)
    const grown = heapBytes() - before
    assert.ok(grown < 16_000_000 && 60 * chars > 40_000_000, `60 views of ${chars} hold ${grown} bytes`)
    assert.equal(ask(60 / 1000).body.length, chars)
  })

  it('has of who sent it short names alone', () => {
    const store = createStore(1e7)
    const text = (key: string) => ({ key, value: { stringValue: 'x'.repeat(3000) } })
    const resource = { attributes: ['service.name', 'service.version', 'service.instance.id'].map(text) }
    const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), startTimeUnixNano: 1, endTimeUnixNano: 2 }
    const body = toProtobuf('ExportTraceServiceRequest', {
      resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }]
    })
    receive(store, 'traces', PROTOBUF, Buffer.from(body), () => {})
    const [row] = [...store.traces.values()].flatMap(({ spans }) => [...spans.values()])
    const chars = Object.values(row!.origin).join('').length
    assert.ok(chars < store.counts().bytes * 3, `${chars} characters are counted as ${store.counts().bytes} bytes`)
  })

  it('is on the disk for its owner alone, also in a file that was there', function () {
    if (process.version.startsWith('v20.')) skip(this, 'this Node has no node:sqlite: 22.13 and newer do')
    const folder = mkdtempSync(path.join(tmpdir(), 'perfagent-console-'))
    writeFileSync(path.join(folder, 'console.sqlite'), '')
    chmodSync(path.join(folder, 'console.sqlite'), 0o644)
    for (const place of [folder, path.join(folder, 'new')]) {
      const journal = openJournal(place, 1000)
      const names = readdirSync(place).filter(name => name.startsWith('console.sqlite'))
      assert.ok(names.length > 1, String(names))
      for (const name of names) assert.equal(statSync(path.join(place, name)).mode & 0o777, 0o600, name)
      journal.close()
    }
    rmSync(folder, { recursive: true })
  })
})
