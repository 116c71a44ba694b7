// 100,000 reports are held, and every view of the page is still there within a tenth of a second.

import assert from 'node:assert/strict'
import { anyReport, openConsole, type Subject } from './console.js'

const REPORTS = 100_000
const BATCH = 1000
const WITHIN_MS = 100
const TRIES = 7
const ROUNDS = 3
/** What `reference` takes on the machine that the limit is meant for; a slower one has proportionally more time. */
const REFERENCE_MS = 7.5

/** The best of some, by the clock or by the CPU time of client and server, whichever is less: others may use the machine too. */
async function timeOf(subject: Subject, path: string, change: () => Promise<void> | void): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < TRIES; i++) {
    // Something new each time, or the last answer would be given again.
    await change()
    const cpuBefore = process.cpuUsage()
    const began = performance.now()
    const { status } = await subject.ask(path)
    assert.equal(status, 200)
    const { user, system } = process.cpuUsage(cpuBefore)
    times.push(Math.min(performance.now() - began, (user + system) / 1000))
  }
  return Math.min(...times)
}

/** Work of the kind of a view, to tell how fast this machine is: objects grouped in a map, and their numbers sorted. */
function reference(): number {
  const rows = Array.from({ length: 100_000 }, (_, i) => ({ key: `key ${i % 50}`, ms: (i * 7919) % 5000 }))
  let best = Infinity
  for (let i = 0; i < TRIES; i++) {
    const began = performance.now()
    const groups = new Map<string, number[]>()
    for (const { key, ms } of rows) {
      const group = groups.get(key)
      if (group) group.push(ms)
      else groups.set(key, [ms])
    }
    for (const group of groups.values()) Float64Array.from(group).sort()
    best = Math.min(best, performance.now() - began)
  }
  return best
}
const limit = (withinMs = WITHIN_MS): number => withinMs * Math.max(1, reference() / REFERENCE_MS)

const CAUSES = ['db.pool_wait', 'cpu.own', 'gc', 'db.slow_query', 'loop.blocked'] as const

describe('100,000 reports', function () {
  this.timeout(180_000)
  let subject: Subject
  before(async () => {
    subject = await openConsole({ maxBytes: 2 ** 30 })
    const at = Date.now() - REPORTS * 50
    for (let from = 0; from < REPORTS; from += BATCH) {
      await subject.sendReports(
        Array.from({ length: BATCH }, (_, i) => {
          const number = from + i
          const report = anyReport({
            at: new Date(at + number * 50).toISOString(),
            durationMs: 500 + ((number * 7919) % 5000)
          })
          report.request = { ...report.request, route: `/route/${number % 50}` }
          report.verdict = { ...report.verdict, cause: CAUSES[number % CAUSES.length]! }
          return report
        })
      )
    }
    assert.equal(subject.store.counts().reports, REPORTS)
  })
  after(() => subject.close())

  for (const path of [
    '/',
    '/api/system',
    '/api/requests',
    '/api/requests?cause=gc',
    '/api/code',
    '/api/counts',
    '/api/compare?after.from=1'
  ]) {
    it(`${path} within ${WITHIN_MS} ms`, async () => {
      let ms = Number.POSITIVE_INFINITY
      let withinMs = 0
      // Asked again: the machine that the reference was tried on may have been a faster one than that of the view.
      for (let round = 0; round < ROUNDS && ms >= withinMs; round++) {
        ms = await timeOf(subject, path, () => subject.sendReports([anyReport()]))
        withinMs = limit()
      }
      assert.ok(ms < withinMs, `${ms} ms of ${withinMs}`)
    })
  }
})

/** Whose the time is, is asked of each span and its parents: 240 to 300 ms. With the square of the 10,000 it would be seconds. */
const SPANS_WITHIN_MS = 500

describe('200,000 spans', () => {
  it(`are a map within ${SPANS_WITHIN_MS} ms, with an N+1 of 10,000 spans among them`, async () => {
    const subject = await openConsole({ maxBytes: 2 ** 30 })
    const now = Date.now()
    const span = (trace: number, number: number, parent: number | undefined): void =>
      subject.store.addSpan({
        traceId: String(trace),
        spanId: String(number),
        parentSpanId: parent === undefined ? '' : String(parent),
        origin: { service: `service-${(number >> 1) % 3}`, version: '', instance: '', ours: false },
        name: 'GET /',
        kind: number % 2 ? 'client' : 'server',
        startMs: now + number,
        endMs: now + number + 100,
        failed: false,
        attributes: { 'db.system.name': 'postgresql' }
      })
    for (let trace = 1; trace < 9500; trace++) for (let i = 0; i < 20; i++) span(trace, i, i === 0 ? undefined : i - 1)
    for (let i = 0; i < 10_000; i++) span(0, i, i === 0 ? undefined : 0)
    let trace = 10_000
    const ms = await timeOf(subject, '/api/system', () => span(trace++, 0, undefined))
    await subject.close()
    assert.ok(ms < limit(SPANS_WITHIN_MS), `${ms} ms of ${limit(SPANS_WITHIN_MS)}`)
  })
})
