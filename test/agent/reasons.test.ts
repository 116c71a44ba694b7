// Whole paths: what is said of a request that was slow for a reason inside the process.

import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'

describe('a request that was slow', () => {
  let app: App
  before(async () => {
    app = await runApp('reasons.js', { env: { PERFAGENT_SLOW_MS: '150' } })
    // Its first report shows that the agent thread is up: what was compiled before that, a profile may not know.
    await app.get('/unknown')
    await app.reportOf('/unknown')
  })
  after(() => app.stop())

  const sums = ({ breakdown, durationMs }: Report): void => {
    const sum = breakdown.reduce((total, { ms }) => total + ms, 0)
    assert.ok(Math.abs(sum - durationMs) <= durationMs / 100, `${sum} of ${durationMs}`)
  }

  for (const path of ['/own', '/own-later']) {
    it(`by its own code (${path}) is told with function, file and line`, async () => {
      const report = await explainedAs('cpu.own', app, path)
      sums(report)
      assert.equal(report.verdict.confidence, 'measured')
      const { function: name, file, line } = report.verdict.culprit!.frame!
      assert.match(name, /burnTheLoop/)
      assert.match(file, /burn\.js$/)
      assert.ok(line >= 3 && line <= 6, `line ${line}`)
    })
  }

  it('by native code that answers no question is told by its caller', async () => {
    const { verdict } = await explainedAs('cpu.own', app, '/json')
    assert.match(verdict.culprit!.frame!.file, /reasons\.js$/)
  })

  it('because another request held the loop names that request and where', async () => {
    const report = await explainedAs('loop.blocked', app, '/innocent', async () => {
      const innocent = app.get('/innocent')
      await new Promise(resolve => setTimeout(resolve, 20))
      await Promise.all([app.get('/own'), innocent])
    })
    sums(report)
    assert.equal(report.verdict.culprit!.route, 'GET /own')
    assert.match(report.verdict.culprit!.frame!.function, /burnTheLoop/)
  })

  it('because its own calls came back to this process names what answered them', async () => {
    const report = await explainedAs('loop.saturated', app, '/calls-itself')
    sums(report)
    assert.equal(report.verdict.confidence, 'measured', report.verdict.summary)
    assert.equal(report.verdict.culprit!.route, 'GET /part')
    assert.match(report.verdict.culprit!.frame!.function, /burnTheLoop/)
  })

  it('because a job outside any request held the loop says so', async () => {
    const report = await explainedAs('loop.blocked', app, '/innocent', async () => {
      const innocent = app.get('/innocent')
      await new Promise(resolve => setTimeout(resolve, 20))
      app.send(400)
      await innocent
    })
    assert.equal(report.verdict.culprit!.route, undefined)
    assert.match(report.verdict.culprit!.frame!.function, /burnTheLoop/)
    assert.doesNotMatch(report.verdict.summary, /also ended its answer/)
  })

  it('by a timer of the program that works for it and ends its answer says that this may be its own work', async () => {
    const { verdict } = await explainedAs('loop.blocked', app, '/batch')
    assert.match(
      verdict.summary,
      /code outside any request .* Inferred: such code also ended its answer, so this may be /
    )
    assert.match(verdict.culprit!.frame!.function, /burnTheLoop/)
  })

  it('because of the collector says how long it paused', async () => {
    const report = await app.explained('/garbage')
    sums(report)
    assert.ok(report.evidence.gc.count > 0)
    assert.ok(
      report.breakdown.some(({ cause, ms }) => cause === 'gc' && ms > 10),
      JSON.stringify(report.breakdown)
    )
  })

  it('for a reason that nobody times says so, and when', async () => {
    const { verdict } = await explainedAs('unknown', app, '/unknown')
    assert.match(verdict.summary, /does not time/)
  })

  it('is told while it still runs, also when it blocks the loop, and again when it ends', async () => {
    let answered = false
    const answer = app.get('/long').then(() => {
      answered = true
    })
    const running = await app.backend.report(({ request, status }) => request.route === '/long' && status === 'running')
    assert.ok(!answered, 'the report came while the loop was blocked')
    assert.ok(
      running.breakdown.some(({ cause, ms }) => cause === 'cpu.own' && ms > 0),
      JSON.stringify(running)
    )
    await answer
    const finished = await app.reportOf('/long')
    assert.equal(finished.traceId, running.traceId)
    assert.ok(finished.durationMs > running.durationMs)
  })
})

describe('the first request of a process', () => {
  it('is seen to block the loop, too', async function () {
    this.timeout(120_000)
    let running: Report | undefined
    // While nothing is under way the agent thread looks each 100 ms: of a request that begins right after a look, the kernel has not
    // been asked for half of the 150 ms. So the tries begin at different moments between two looks.
    for (let i = 0; i < 8 && running?.verdict.confidence !== 'measured'; i++) {
      const app = await runApp('reasons.js', { env: { PERFAGENT_SLOW_MS: '150' } })
      // Until the agent thread is up nobody could ask.
      await new Promise(resolve => setTimeout(resolve, 500 + i * 37))
      await app.get('/long')
      running = await app.backend.report(({ status }) => status === 'running')
      assert.ok(running.evidence.blocks.length > 0)
      await app.stop()
    }
    assert.equal(running!.verdict.confidence, 'measured', running!.verdict.summary)
  })
})

// Without the profile nothing else is waited for.
for (const PERFAGENT_PROFILE of ['true', 'false']) {
  describe(`a request whose last turn was interrupted by the collector (profile: ${PERFAGENT_PROFILE})`, () => {
    let app: App
    before(async () => {
      app = await runApp('reasons.js', { env: { PERFAGENT_SLOW_MS: '150', PERFAGENT_PROFILE } })
    })
    after(() => app.stop())

    for (const path of ['/garbage-turn', '/garbage-turn-later']) {
      it(`is told with the pauses that the program itself saw (${path})`, async () => {
        const { evidence, breakdown } = await app.explained(path)
        const sawMs = Number((await app.get('/collected')).body)
        const toldShare = evidence.gc.totalMs / sawMs
        // A pause before the handler began is the request's too, but the program did not look yet.
        assert.ok(toldShare > 0.9 && toldShare < 1.4, `${evidence.gc.totalMs} of ${sawMs} ms`)
        assert.ok(
          breakdown.some(({ cause }) => cause === 'gc'),
          JSON.stringify(breakdown)
        )
      })
    }
  })
}
