// Incidents for which verdicts were made: what they are told by, what is to be said of them, and what several of them share.

import assert from 'node:assert/strict'
import type { Evidence, FullPool, KernelEvidence, PoolCalls, Report } from '../../lib/types.js'
import { type Case, explain, kernel, millisecondsOf, query, stack } from './timeline.js'

export interface Incident {
  title: string
  given: Case
  seen?: Evidence
  cause: string
  says: string | RegExp
  confidence?: Report['verdict']['confidence']
  breakdown?: Record<string, number>
  culprit?: Report['verdict']['culprit']
}

export const SELECT = 'SELECT * FROM orders WHERE id = 17'

/** V8's own entry of a profile has a blank in its name. */
export const COLLECTING = [{ function: '(garbage collector)', file: '', line: 0, column: 0 }]

export const render = stack('renderCsv src/export.js:41:9', 'handler src/server.js:12:3')

export const rule = (i: number) =>
  stack(`rule${i} src/rules.js:${i + 1}:5`, 'applyRules src/price.js:5', 'handler src/server.js:10')

export const profiled = stack('renderCsv src/export.js:38', 'handler src/server.js:10')

export const statements = (count: number, eachMs: number, gapMs: number) =>
  Array.from({ length: count }, (_, i) =>
    query(`SELECT * FROM items WHERE id = ${i}`, 10 + i * (eachMs + gapMs), 10 + i * (eachMs + gapMs) + eachMs)
  )

/** Each as soon as the one before is answered. */
export const inTurn = (eachMs: number, count: number, from = 5) =>
  Array.from({ length: count }, (_, i) =>
    query(`SELECT * FROM table_${'abcdef'[i]}`, from + i * eachMs + 1, from + (i + 1) * eachMs - 1)
  )

/** All of libuv's four threads had work; `calls` are those under way or waiting that could be listed. */
export const fullPool = (
  start: number,
  end: number,
  calls: Partial<PoolCalls> | undefined,
  more: Partial<FullPool> = {}
): FullPool => ({ start, end, threads: 4, calls: calls && { fs: 0, dns: 0, ...calls }, ...more })

/** The main thread slept, while all threads of the process together ran for so long. */
export const othersRan = (durationMs: number, processCpuMs: number): KernelEvidence => ({
  ...kernel(durationMs, {}),
  counters: { processCpuMs }
})

/** Each incident is a test that is named after it. */
export function verdicts(of: string, incidents: readonly Incident[]): void {
  describe(`verdict: ${of}`, () => {
    for (const { title, given, seen, cause, says, confidence, breakdown, culprit } of incidents) {
      it(title, () => {
        const report = explain(given, seen)
        const { verdict } = report
        assert.equal(verdict.cause, cause, verdict.summary)
        if (typeof says === 'string') assert.equal(verdict.summary, says)
        else assert.match(verdict.summary, says)
        if (confidence) assert.equal(verdict.confidence, confidence)
        if (breakdown) assert.deepEqual(millisecondsOf(report), breakdown)
        if (culprit !== undefined) assert.deepEqual(verdict.culprit, culprit)
      })
    }
  })
}
