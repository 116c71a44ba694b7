// Durations come from the monotonic clock: steps of the wall clock, fake timers, a breakpoint and a process that stood still make
// none negative.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { type App, runApp } from '../harness/app.js'
import { skip } from '../harness/skip.js'
import { tried } from './table.js'

/** All of its threads. */
async function stopped(pid: number): Promise<void> {
  const states = (): string[] => readdirSync(`/proc/${pid}/task`).map(id => stateOf(`/proc/${pid}/task/${id}/stat`))
  while (states().some(state => state !== 'T')) await new Promise(resolve => setTimeout(resolve, 5))
}

const stateOf = (file: string): string => /.*\) (\w)/s.exec(readFileSync(file, 'latin1'))![1]!

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

  it('before its server listens, by fake timers, changes none either', async () => {
    const early = await runApp('clock-early.js')
    assert.equal((await early.get('/burn')).body, 'done')
    const report = await early.reportOf('/burn')
    assert.ok(report.durationMs >= 300 && report.durationMs < 60_000, `${report.durationMs} ms`)
    assert.match(report.verdict.summary, /main thread/)
    await early.stop()
    tried('no negative duration, whatever the clocks do', 1, 0)
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

  it('a process that stood still says so, and blames no code of its own', async function () {
    if (process.platform !== 'linux') skip(this, 'evidence of the kernel is of Linux alone')
    const began = performance.now()
    const answer = app.get('/held')
    // From here on it is looked at.
    await app.backend.report(({ request, status }) => status === 'running' && request.route === '/held')
    process.kill(app.pid, 'SIGSTOP')
    await stopped(app.pid)
    const from = performance.now()
    await new Promise(resolve => setTimeout(resolve, 1000 + 2 * (from - began)))
    const stoppedMs = performance.now() - from
    process.kill(app.pid, 'SIGCONT')
    await app.get('/go')
    assert.equal((await answer).body, 'done')
    const { verdict, breakdown } = await app.reportOf('/held')
    const of = (cause: string): number => breakdown.find(slice => slice.cause === cause)?.ms ?? 0
    assert.equal(verdict.cause, 'process.stopped', verdict.summary)
    const share = of('process.stopped') / stoppedMs
    assert.ok(share > 0.8 && share < 1.1, `${of('process.stopped')} of ${stoppedMs} ms`)
    assert.ok(of('cpu.own') < stoppedMs / 4, `${of('cpu.own')} ms are said to be its own code`)
  })

  it('says so too when it is stopped before anybody has looked at the request', async function () {
    if (process.platform !== 'linux') skip(this, 'evidence of the kernel is of Linux alone')
    await app.get('/go')
    // Its heartbeat rests, and so does who looks at it.
    await new Promise(resolve => setTimeout(resolve, 2000))
    const answer = app.get('/stops-at-once')
    await stopped(app.pid)
    await new Promise(resolve => setTimeout(resolve, 3000))
    process.kill(app.pid, 'SIGCONT')
    assert.equal((await answer).body, 'done')
    const { verdict } = await app.reportOf('/stops-at-once')
    assert.equal(verdict.cause, 'process.stopped', verdict.summary)
  })
})
