// More slow requests at once than the agent thread explains in time, and a limit that lets all of them through.

import assert from 'node:assert/strict'
import { runApp } from '../harness/app.js'

const AT_ONCE = 400

it('in a flood of slow requests each is reported, or told as dropped by a report', async function () {
  this.timeout(60_000)
  const app = await runApp('load.js', { env: { PERFAGENT_MAX_REPORTS_PER_MINUTE: '10000' } })
  const told = (): number =>
    app.backend.reports.reduce((sum, { dropped, status }) => sum + Number(status !== 'running') + dropped.reports, 0)
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => app.get(`/late/${i}`)))
  assert.ok(answers.every(({ status }) => status === 200))
  // What is given up after the last report is told by the next, here of a route on which nothing else waits. It ends when all are told.
  let asked = AT_ONCE
  for (; told() < asked; asked++) {
    await app.get(`/late-and-alone/${asked}`)
    await app.report(({ request }) => request.path === `/late-and-alone/${asked}`)
  }
  await app.stop()
})
