// 100,000 reports are held, and every view of the page is still there within a tenth of a second.

import assert from 'node:assert/strict'
import { anyReport, openConsole, type Subject } from './console.js'

const REPORTS = 100_000
const BATCH = 1000
const WITHIN_MS = 100
/** The best of some: what a view takes where nobody else uses the machine. */
const TRIES = 7
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
      const times: number[] = []
      for (let i = 0; i < TRIES; i++) {
        // Something new each time, or the last answer would be given again.
        await subject.sendReports([anyReport()])
        const began = performance.now()
        const { status } = await subject.ask(path)
        assert.equal(status, 200)
        times.push(performance.now() - began)
      }
      assert.ok(Math.min(...times) < WITHIN_MS, times.map(ms => ms.toFixed()).join(', '))
    })
  }
})
