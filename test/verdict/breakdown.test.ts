// What must hold for every timeline, also for those that nobody thought of.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createRedact } from '../../lib/scrub/secrets.js'
import type { Evidence, Operation, RequestRef, Timeline } from '../../lib/types.js'
import { breakDown } from '../../lib/verdict/breakdown.js'
import { gatherFacts } from '../../lib/verdict/facts.js'
import { createNameOf } from '../../lib/verdict/names.js'
import { toReport } from '../../lib/verdict/report.js'
import { type Case, CONFIG, evidence, OWN_ID, operation, other, own, query, stack, timeline } from './timeline.js'

const redact = createRedact([])
const nameOf = createNameOf(redact, 'masked')
const facts = (given: Timeline, seen: Evidence) =>
  gatherFacts({ timeline: given, evidence: seen, nameOf, redact, root: '/srv/shop', isWorker: false })

const report = (given: Timeline, seen: Evidence) =>
  toReport({
    id: 'a',
    timeline: given,
    evidence: seen,
    service: { name: 'shop', version: '1', instance: 'a', host: 'h', pid: 1 },
    root: '/srv/shop',
    config: CONFIG
  })

describe('breakdown', () => {
  it('gives every millisecond to exactly one cause', () => {
    fc.assert(
      fc.property(anyTimeline, anyEvidence, (given, seen) => {
        const claims = breakDown(facts(timeline(given), evidence(seen)))
        const total = claims.reduce((sum, { ms }) => sum + ms, 0)
        assert.ok(
          Math.abs(total - given.durationMs) < 1e-6 * Math.max(1, given.durationMs),
          `${total} ≠ ${given.durationMs}`
        )
        for (const { ms, pieces } of claims) {
          assert.ok(ms > 0)
          for (const { start, end } of pieces) assert.ok(end > start)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it('shows slices that sum to the duration shown, none negative', () => {
    fc.assert(
      fc.property(anyTimeline, anyEvidence, (given, seen) => {
        const { breakdown, durationMs, verdict } = report(timeline(given), evidence(seen))
        const total = breakdown.reduce((sum, { ms }) => sum + ms, 0)
        assert.ok(Math.abs(total - durationMs) < 0.01, `${total} ≠ ${durationMs}`)
        for (const { ms, share } of breakdown) assert.ok(ms >= 0 && share >= 0 && share <= 1, `${ms} ${share}`)
        for (const { ms } of breakdown) assert.equal(ms, Math.round(ms * 1000) / 1000)
        assert.equal(verdict.cause, breakdown[0]?.cause ?? 'unknown')
        assert.ok(verdict.summary.length > 0 && !/NaN|undefined|Infinity|-\d/.test(verdict.summary), verdict.summary)
      }),
      { numRuns: 1000 }
    )
  })

  it('charges nothing to an operation that the request did not wait for', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), (start, durationMs) => {
        const given = timeline({ durationMs: durationMs + 1, operations: [query('SELECT 1', start, Number.NaN)] })
        assert.deepEqual(
          breakDown(facts(given, evidence())).map(({ cause }) => cause),
          ['unknown']
        )
      })
    )
  })

  it('does not change when operations are told in another order', () => {
    fc.assert(
      fc.property(anyTimeline, anyEvidence, (given, seen) => {
        const sums = (list: Operation[]) =>
          breakDown(facts(timeline({ ...given, operations: list }), evidence(seen))).map(
            ({ cause, ms }) => `${cause} ${ms.toFixed(3)}`
          )
        const operations = distinctTimes(given.operations ?? [])
        assert.deepEqual(sums(operations).sort(), sums(operations.toReversed()).sort())
      })
    )
  })

  it('takes time near linear in the number of operations', () => {
    const costMs = (count: number): number => {
      const operations = Array.from({ length: count }, (_, i) =>
        query(`SELECT * FROM t WHERE id = ${i % 100}`, i % 977, (i % 977) + 20)
      )
      const given = timeline({ durationMs: 1000, operations })
      const rounds = Array.from({ length: 9 }, () => {
        // Of the CPU: a loaded machine lets others in between.
        const before = process.cpuUsage()
        breakDown(facts(given, evidence()))
        const { user, system } = process.cpuUsage(before)
        return (user + system) / 1000
      })
      return Math.min(...rounds)
    }
    costMs(2000)
    const ratio = costMs(16_000) / costMs(2000)
    assert.ok(ratio < 40, `${ratio} for 8 times as many`)
  })
})

/** Which of two operations that begin and end together owns an instant is not defined. */
const distinctTimes = (operations: Operation[]): Operation[] =>
  operations.map((one, i) => ({ ...one, start: one.start + i / 1024, end: one.end + i / 512 }))

const moment = fc.double({ min: -50, max: 1500, noNaN: true })
const length = fc.oneof(
  fc.constant(0),
  fc.double({ min: 0, max: 30, noNaN: true }),
  fc.double({ min: 0, max: 1500, noNaN: true })
)
const interval = fc.tuple(moment, length).map(([start, ms]) => ({ start, end: start + ms }))
const marks = fc.option(
  fc.dictionary(fc.constantFrom('socket', 'dns', 'connect', 'tls', 'sent', 'headers', 'other'), moment),
  { nil: undefined }
)
const holderRequest = fc.constantFrom<RequestRef | null>(
  own,
  other('GET /export'),
  other('POST /report', 12),
  other('GET /a', 13),
  null
)

const anyOperation: fc.Arbitrary<Operation> = fc
  .record({
    kind: fc.constantFrom('db' as const, 'cache' as const, 'http' as const, 'pool' as const, 'custom' as const),
    system: fc.constantFrom('postgresql', 'mysql', 'redis', 'http', 'undici'),
    text: fc.constantFrom(
      undefined,
      'SELECT * FROM items WHERE id = 1',
      'GET user:1',
      'GET http://stock:8080/items/1',
      '%$'
    ),
    target: fc.constantFrom(undefined, 'db:5432/shop'),
    interval,
    open: fc.boolean(),
    marks,
    count: fc.oneof(
      { weight: 5, arbitrary: fc.constant(1) },
      fc.nat(500).map(n => n + 1)
    ),
    busyMs: fc.double({ min: 0, max: 2000, noNaN: true }),
    blocking: fc.boolean(),
    error: fc.constantFrom(undefined, 'timeout'),
    pool: fc.option(
      fc.record({
        size: fc.nat(10),
        inUse: fc.nat(10),
        waiting: fc.nat(10),
        holders: fc.array(fc.record({ request: holderRequest, heldMs: fc.nat(5000) }), { maxLength: 5 })
      }),
      { nil: undefined }
    )
  })
  .map(({ interval: { start, end }, open, ...rest }) => operation({ ...rest, start, end: open ? Number.NaN : end }))

/** A few of anything, or many alike in a row. */
const someOperations = fc.oneof(
  fc.array(anyOperation, { maxLength: 30 }),
  fc
    .tuple(anyOperation, fc.nat(60), fc.double({ min: 0, max: 20, noNaN: true }))
    .map(([one, count, step]) =>
      Array.from({ length: count }, (_, i) => ({ ...one, start: one.start + i * step, end: one.end + i * step }))
    )
)

/** Gapless or not, but never two at once: one thread runs them. */
const anyTurns = fc
  .tuple(
    moment,
    fc.array(
      fc.tuple(fc.double({ min: 0, max: 120, noNaN: true }), fc.double({ min: 0, max: 20, noNaN: true }), fc.nat(4)),
      {
        maxLength: 60
      }
    )
  )
  .map(([from, steps]) => {
    let at = from
    const stretches = steps.flatMap(([ms, gapMs, who]) => {
      const start = at
      at = start + ms
      const stretch = [start, at, [OWN_ID, 0, 99, 12, 13][who]!]
      at += gapMs
      return stretch
    })
    return { from, to: at, stretches, requests: [other('GET /export'), other('POST /report', 12)] }
  })

const anyTransfer = fc.option(fc.record({ waits: fc.array(interval, { maxLength: 6 }), over: fc.boolean() }), {
  nil: undefined
})

const anyTimeline: fc.Arbitrary<Case> = fc.record({
  durationMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1500, noNaN: true })),
  status: fc.constantFrom('finished' as const, 'running' as const, 'aborted' as const),
  operations: someOperations,
  ownTurns: fc.array(
    interval.map(({ start, end }): [number, number] => [start, end]),
    { maxLength: 3 }
  ),
  turns: fc.option(anyTurns, { nil: undefined }),
  upload: anyTransfer,
  download: anyTransfer,
  concurrency: fc.constantFrom(1, 2, 50)
})

const frames = fc.constantFrom(
  stack('parse', 'load src/load.js:3', 'handler src/server.js:10'),
  stack('sweep src/jobs.js:4', 'listOnTimeout node:internal/timers:581'),
  stack('(program)'),
  []
)

const counted = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 300, noNaN: true }))

/** Looks in a row, whose counters may say more than there was time. */
const anyKernel = fc
  .record({
    from: moment,
    looks: fc.array(
      fc.record({
        ms: fc.double({ min: 0, max: 120, noNaN: true }),
        cpuMs: counted,
        waitMs: counted,
        throttledMs: counted,
        throttledPeriods: fc.nat(3),
        stillMs: counted
      }),
      { maxLength: 12 }
    ),
    coverageShare: fc.constantFrom(0, 0.5, 1),
    quotaCores: fc.constantFrom(undefined, 0.2, 4),
    counters: fc.constantFrom<Record<string, number>>({}, { processCpuMs: 120 })
  })
  .map(({ from, looks, ...rest }) => {
    let start = from
    const row = looks.map(({ ms, ...look }) => {
      const piece = { start, end: start + ms, ...look }
      start += ms
      return piece
    })
    return { looks: row, ...rest }
  })

const anyEvidence: fc.Arbitrary<Partial<Evidence>> = fc.record({
  pauses: fc.array(interval, { maxLength: 10 }),
  blocks: fc.array(
    fc
      .tuple(
        interval,
        fc.array(fc.record({ at: moment, lateMs: fc.constantFrom(1, 200), request: holderRequest, frames }), {
          maxLength: 6
        })
      )
      .map(([given, probes]) => ({
        ...given,
        probes
      })),
    { maxLength: 8 }
  ),
  cpu: fc.record({
    intervalMs: fc.constant(10),
    coverageShare: fc.constantFrom(0, 0.5, 1),
    stacks: fc.array(frames, { maxLength: 3 }),
    samples: fc.array(fc.record({ at: moment, ms: fc.double({ min: 0, max: 20, noNaN: true }), stack: fc.nat(4) }), {
      maxLength: 60
    })
  }),
  loop: fc.constantFrom(undefined, { delayMaxMs: 100, utilizationShare: 0.9 }),
  agent: fc.array(interval, { maxLength: 2 }),
  fullPool: fc.array(
    interval.map(given => ({ ...given, threads: 4, calls: { fs: 5, dns: 0 } })),
    { maxLength: 4 }
  ),
  kernel: fc.option(anyKernel, { nil: undefined }),
  missing: fc.constantFrom([], ['probe: denied'])
})
