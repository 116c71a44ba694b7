// An application that has V8 profile it by `console.profile()`, which begins and ends profiles in our session, too.

import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'

const TRIES = 10
const WITHIN_MS = 3000

describe('a request in which the application calls console.profile() and profileEnd()', () => {
  let app: App
  before(async () => {
    app = await runApp('console-profile.js', { env: { PERFAGENT_MAX_REPORTS_PER_MINUTE: '1000' } })
    // The profile runs.
    await sampled('/burn')
  })
  after(() => app.stop())

  it('is sampled to its end, and so is the next', async () => {
    await sampled('/profiled')
    await sampled('/burn')
  })

  /** Nearly whole. Of what lies between two windows a busy machine takes more, now and then. */
  async function sampled(path: string): Promise<void> {
    const seen: (number | undefined)[] = []
    for (let i = 0; i < TRIES; i++) {
      const earlier = new Set(app.backend.reports)
      await app.get(path)
      const isNew = (one: Report): boolean => one.request.route === path && !earlier.has(one)
      const report = await app.report(isNew, WITHIN_MS).catch(() => undefined)
      const share = report?.evidence.cpu?.coverageShare
      if (share !== undefined && share > 0.9) return
      seen.push(share)
    }
    assert.fail(`of ${path} was sampled: ${seen.join(', ')}`)
  }
})
