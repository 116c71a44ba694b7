// The door for reports: what is let in has the types that the rest relies on; what a newer agent may add is let in too.

import assert from 'node:assert/strict'
import { readReport } from '../../lib/console/report.js'
import { anyReport } from './console.js'

const with_ = (change: (report: ReturnType<typeof JSON.parse>) => unknown): string => {
  const report = JSON.parse(JSON.stringify(anyReport()))
  change(report)
  return JSON.stringify(report)
}

describe('a report from outside', () => {
  it('is read as it was', () => {
    const report = anyReport()
    assert.deepEqual(readReport(JSON.stringify(report)), report)
  })

  const REFUSED: Record<string, string> = {
    'no JSON': '{',
    'a list': '[]',
    null: 'null',
    'another version': with_(report => (report.version = 2)),
    'a missing part': with_(report => delete report.breakdown),
    'a text for a list': with_(report => (report.breakdown = 'x')),
    'an object for a text': with_(report => (report.verdict.summary = { toString: 1 })),
    'an object for a cause': with_(report => (report.verdict.cause = {})),
    'a text for a number': with_(report => (report.durationMs = '5')),
    'a part of a list that is none': with_(report => (report.operations[1] = null)),
    'a frame without a file': with_(report => delete report.evidence.cpu.stacks[0].frames[0].file),
    'no moment': with_(report => (report.at = 'yesterday')),
    'an id that is none': with_(report => (report.spanId = '../../etc'))
  }
  for (const [what, json] of Object.entries(REFUSED)) {
    it(`is refused: ${what}`, () => assert.equal(readReport(json), undefined))
  }

  it('may have more than is known today', () => {
    const newer = with_(report => {
      report.verdict.cause = 'gpu.melted'
      report.verdict.costs = 5
      report.breakdown[0].cause = 'gpu.melted'
      report.evidence.gpu = { melted: true }
    })
    assert.equal(readReport(newer)!.verdict.cause as string, 'gpu.melted')
  })
})
