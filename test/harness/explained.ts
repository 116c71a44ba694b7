// A request whose time goes where its test says that it goes. The first one of a process may fall into the start of the agent, whose
// CPU profile takes 75 ms on Node 24, and on a busy machine any may wait for a CPU; its report says so, rightly. So a request is made
// again, after a while, until it was explained as expected. Never, is a failure with all that was said.

import assert from 'node:assert/strict'
import type { Cause, Report } from '../../lib/types.js'
import type { App } from './app.js'

/** No more than the reports of a route that are not chosen by their duration. */
const TRIES = 5
const PAUSE_MS = 250
/** Enough for a report on a busy machine; none at all is what a request is that was not slow. */
const WITHIN_MS = 3000

/** Of the route of that name, or of the one that `ask` leads to. */
export async function explainedAs(
  cause: Cause,
  app: App,
  route: string,
  ask: () => Promise<unknown> = () => app.get(route)
): Promise<Report> {
  const others: (Report | undefined)[] = []
  for (let i = 0; i < TRIES; i++) {
    const earlier = new Set(app.backend.reports)
    await ask()
    const of = (one: Report): boolean => one.request.route === route && !earlier.has(one)
    const report = await app.report(of, WITHIN_MS).catch(() => undefined)
    if (report?.verdict.cause === cause) return report
    others.push(report)
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS * 2 ** i))
  }
  assert.fail(`${route} was never ${cause}: ${JSON.stringify(others.map(report => report?.breakdown ?? 'no report'))}`)
}
