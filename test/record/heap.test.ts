import assert from 'node:assert/strict'
import { mock } from 'node:test'
import v8, { getHeapStatistics } from 'node:v8'
import { setLogLevel } from '../../lib/process/log.js'
import { type HeapWatch, heapLimitBytes, oldGenerationBytes, watchHeap } from '../../lib/record/heap.js'

const MIB = 2 ** 20
const watch = (limitMb: number, usedMb: () => number | undefined): HeapWatch =>
  watchHeap(
    () => limitMb * MIB,
    () => {
      const used = usedMb()
      return used && used * MIB
    }
  )

describe('the heap', () => {
  before(() => setLogLevel('none'))
  after(() => setLogLevel('warn'))

  for (const { limit, used, full } of [
    { limit: 64, used: [44, 45, 44, 42, 41, 44, 45], full: [false, true, true, true, false, false, true] },
    { limit: 4096, used: [3212, 3213, 3182, 3180], full: [false, true, true, false] },
    { limit: Number.POSITIVE_INFINITY, used: [1e6], full: [false] }
  ]) {
    it(`of ${limit} MB is full below 80 % of its limit, and again has room only when more is free`, () => {
      let now = 0
      const heap = watch(limit, () => used[now])
      const seen = used.map((_, i) => {
        now = i
        heap.collected()
        return heap.isFull
      })
      assert.deepEqual(seen, full)
    })
  }

  it('is what lives for long: young objects are collected without a wait', () => {
    const spaces = { new_space: 1, old_space: 2, new_large_object_space: 4, large_object_space: 8, code_space: 16 }
    mock.method(v8, 'getHeapSpaceStatistics', () =>
      Object.entries(spaces).map(([space_name, space_used_size]) => ({ space_name, space_used_size }))
    )
    const used = oldGenerationBytes()
    mock.restoreAll()
    assert.equal(used, 26)
  })

  it('stays as it is known where nobody tells more', () => {
    const heap = watch(64, () => undefined)
    assert.equal(heap.collected(), false)
    assert.equal(heap.isFull, false)
  })

  it('tells once that it has become full, and since when what is known is whole', () => {
    let used = 50
    const heap = watch(64, () => used)
    assert.equal(heap.wholeSince, Number.NEGATIVE_INFINITY)
    assert.deepEqual([heap.collected(), heap.collected()], [true, false])
    assert.equal(heap.wholeSince, Number.POSITIVE_INFINITY)
    used = 10
    assert.equal(heap.collected(), false)
    assert.ok(Number.isFinite(heap.wholeSince))
  })

  it('has one slow request in ten seconds told while it is full, with how full it is', () => {
    let used = 40
    const heap = watch(64, () => used)
    heap.collected()
    assert.equal(heap.toTell(0), undefined)
    used = 50
    heap.collected()
    const told = [5, 6, 10_004, 10_005].map(moment => heap.toTell(moment))
    const full = { usedBytes: 50 * MIB, limitBytes: 64 * MIB }
    assert.deepEqual(told, [full, undefined, undefined, full])
  })

  it('has the limit that Node was told last, or what V8 says of both generations', () => {
    assert.equal(heapLimitBytes(['--max-old-space-size=100', '--title=x', '--max-old-space-size=64']), 64 * MIB)
    for (const flags of [[], ['--max-old-space-size=0'], ['--max-old-space-size=x']])
      assert.equal(heapLimitBytes(flags), getHeapStatistics().heap_size_limit)
  })
})
