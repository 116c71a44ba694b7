import assert from 'node:assert/strict'
import fc from 'fast-check'
import { PARTS, timeByPart } from '../../lib/metrics/parts.js'
import type { Operation, OperationKind, Timeline } from '../../lib/types.js'

const operation = (kind: OperationKind, start: number, end: number): Operation =>
  ({ kind, start, end, count: 1, busyMs: 0 }) as Operation
const told = (operations: Operation[], start: number, end: number, status: Timeline['status'] = 'finished') =>
  Object.fromEntries(
    [...timeByPart(operations, start, end, status)].flatMap((ms, i) => (ms > 0 ? [[PARTS[i]!, ms]] : []))
  )

describe('the parts of a request', () => {
  // what | operations | parts of 0 to 100
  const cases: [string, Operation[], Record<string, number>][] = [
    ['nothing', [], { own: 100 }],
    ['one after another', [operation('db', 10, 30), operation('http', 40, 90)], { db: 20, http: 50, own: 30 }],
    ['the one that ended last', [operation('db', 10, 60), operation('http', 20, 80)], { db: 10, http: 60, own: 30 }],
    ['one inside another', [operation('http', 10, 90), operation('db', 20, 30)], { http: 80, own: 20 }],
    ['a span by hand around a query', [operation('custom', 0, 100), operation('db', 20, 50)], { db: 30, custom: 70 }],
    ['one from before', [operation('pool', -50, 10)], { pool: 10, own: 90 }]
  ]
  for (const [title, operations, parts] of cases) {
    it(title, () => assert.deepEqual(told(operations, 0, 100), parts))
  }

  const open = operation('http', 20, Number.NaN)

  it('gives a finished request nothing of a call that was still open when it ended', () => {
    assert.deepEqual(told([open], 0, 100), { own: 100 })
    assert.deepEqual(told([open, operation('db', 30, 70)], 0, 100), { db: 40, own: 60 })
  })

  it('gives a request whose caller went away all of the call that it still waited for', () => {
    assert.deepEqual(told([open, operation('db', 30, 70)], 0, 100, 'aborted'), { http: 80, own: 20 })
  })

  it('gives the time until the answer began where nobody read it to its end', () => {
    assert.deepEqual(told([{ ...open, marks: { headers: 60 } }], 0, 100), { http: 40, own: 60 })
  })

  it('gives a span by hand that never ended what no other has', () => {
    assert.deepEqual(told([operation('custom', 10, Number.NaN), operation('db', 30, 70)], 0, 100), {
      db: 40,
      custom: 50,
      own: 10
    })
  })

  for (const kind of PARTS.filter(part => part !== 'own')) {
    it(`${kind} has its own`, () => assert.deepEqual(told([operation(kind, 20, 50)], 0, 100), { [kind]: 30, own: 70 }))
  }

  it('takes one that stands for many for as long as they lasted', () => {
    const folded = { ...operation('db', 0, 100), count: 10, busyMs: 40 }
    assert.deepEqual(told([folded], 0, 100), { db: 40, own: 60 })
  })

  it('adds up, and gives each instant to the operation that ended last', () => {
    const kinds = fc.constantFrom<OperationKind>('db', 'cache', 'http', 'pool')
    const moments = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }))
    const operations = fc
      .array(fc.tuple(kinds, moments), { maxLength: 12 })
      .map(list => list.map(([kind, [a, b]]) => operation(kind, Math.min(a, b), Math.max(a, b))))
      .filter(list => new Set(list.map(({ end }) => end)).size === list.length)
    fc.assert(
      fc.property(operations, given => {
        const list = given.sort((a, b) => a.start - b.start)
        const expected: Record<string, number> = {}
        for (let ms = 0; ms < 40; ms++) {
          const open = list.filter(({ start, end }) => start <= ms && end >= ms + 1)
          const owner = open.sort((a, b) => b.end - a.end)[0]?.kind ?? 'own'
          expected[owner] = (expected[owner] ?? 0) + 1
        }
        assert.deepEqual(told(list, 0, 40), expected)
      })
    )
  })
})
