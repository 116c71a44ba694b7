// Durations come from the monotonic clock: steps of the wall clock, fake timers, a breakpoint and a process that stood still make
// none negative.

import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { tried } from './table.js'

describe('a clock that is changed while a request runs', () => {
  let app: App
  before(async () => {
    app = await runApp('clock.js')
  })
  after(() => app.stop())

  const explained = async (path: string, leastMs = 50): Promise<void> => {
    const { durationMs, operations, breakdown } = await app.reportOf(path)
    // The machine may be busy; an hour it is not.
    assert.ok(durationMs >= leastMs && durationMs < 60_000, `${durationMs} ms`)
    for (const { ms } of breakdown) assert.ok(ms >= 0, `${ms} ms`)
    for (const { startMs } of operations) assert.ok(startMs >= 0)
    tried('no negative duration, whatever the clocks do', 1, 0)
  }

  for (const [title, path, leastMs] of [
    ['an hour forward', '/forward', 50],
    ['an hour back', '/back', 50],
    ['by fake timers', '/fake', 50],
    ['by nobody, while a debugger holds the main thread,', '/breakpoint', 300]
  ] as const)
    it(`${title} changes no duration`, async () => {
      assert.equal((await app.get(path)).body, 'done')
      await explained(path, leastMs)
    })

  it('by nobody, while the process stands still, neither', async () => {
    const answer = app.get('/stopped')
    await new Promise(resolve => setTimeout(resolve, 30))
    process.kill(app.pid, 'SIGSTOP')
    await new Promise(resolve => setTimeout(resolve, 300))
    process.kill(app.pid, 'SIGCONT')
    assert.equal((await answer).body, 'done')
    await explained('/stopped')
  })
})
