// Slow requests of a worker thread that are beyond the limit of reports, when it ends before another is reported.

import assert from 'node:assert/strict'
import { runApp } from '../harness/app.js'

const SLOW = 5
const TRIES = 20

describe('slow requests of a worker thread without a report are told by another thread', () => {
  for (const how of ['/exit', '/terminate'])
    it(`when it has ended by ${how.slice(1)}`, async () => {
      const app = await runApp('ended-worker.js', { env: { PERFAGENT_MAX_REPORTS_PER_MINUTE: '1' } })
      const port = Number((await app.get('/worker')).body)
      for (let i = 0; i < SLOW; i++) await app.get('/slow', { port })
      await app.report(({ thread }) => thread !== undefined)
      await app.get(how)
      for (let i = 0; i < TRIES && told() < SLOW - 1; i++) await app.explained(`/late${i}`)
      assert.equal(told(), SLOW - 1)
      await app.stop()

      function told(): number {
        const ended = app.backend.reports.filter(({ status }) => status !== 'running')
        return ended.reduce((sum, { dropped }) => sum + dropped.reports, 0)
      }
    })
})
