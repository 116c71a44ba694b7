// What the application's hooks may do with a report, and what they cannot do to the others.

import assert from 'node:assert/strict'
import { setLogLevel } from '../../lib/process/log.js'
import type { Report, ReportFilter } from '../../lib/types.js'
import type { ToAgentThread } from '../../lib/worker/messages.js'
import { createReportHooks } from '../../lib/worker/report-hooks.js'
import { sampleReport } from '../sample-report.js'

describe('hooks for reports', () => {
  let sent: ToAgentThread[]
  let hooks: ReturnType<typeof createReportHooks>
  beforeEach(() => {
    sent = []
    hooks = createReportHooks(message => sent.push(structuredClone(message)))
    setLogLevel('none')
  })
  afterEach(() => setLogLevel('warn'))

  function decided(report: Report): Report | null {
    hooks.decide(report)
    const last = sent.at(-1)!
    assert.equal(last.type, 'decided')
    return (last as { report: Report | null }).report
  }

  it('that register themselves anew are called once for a report', () => {
    let calls = 0
    let undo = (): void => {}
    function hook(): void {
      if (++calls > 9) throw new Error('called again and again')
      undo()
      undo = hooks.onSlowRequest(hook, false)
    }
    undo = hooks.onSlowRequest(hook, false)
    hooks.tell(sampleReport())
    assert.equal(calls, 1)
    hooks.tell(sampleReport())
    assert.equal(calls, 2)
  })

  it('and filters that do so, too', () => {
    let calls = 0
    let undo = (): void => {}
    function filter(report: Report): Report | null {
      if (++calls > 9) return null
      undo()
      undo = hooks.beforeReport(filter)
      return report
    }
    undo = hooks.beforeReport(filter)
    assert.notEqual(decided(sampleReport()), null)
    assert.equal(calls, 1)
  })

  it('given twice are taken back one by one: what the other has asked to leave out stays out', () => {
    const filter: ReportFilter = report => {
      report.request.path = '/-'
      return report
    }
    const undo = hooks.beforeReport(filter)
    hooks.beforeReport(filter)
    undo()
    undo()
    assert.deepEqual(hooks.registered(), { type: 'hooks', reports: false, decides: true })
    assert.equal(decided(sampleReport())?.request.path, '/-')
  })

  for (const [what, given] of [
    ['true', true],
    ['a text', 'kept'],
    ['an empty object', {}],
    ['a list', []],
    ['a promise', Promise.resolve(null)]
  ]) {
    it(`a filter that returns ${what}, which is no report, drops its report alone`, () => {
      const undo = hooks.beforeReport(() => given as never)
      assert.equal(decided(sampleReport()), null)
      undo()
      assert.equal(decided(sampleReport())?.kind, 'slow_request')
    })
  }
})
