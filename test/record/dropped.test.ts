import assert from 'node:assert/strict'
import { now } from '../../lib/process/clock.js'
import { type HeapWatch, watchHeap } from '../../lib/record/heap.js'
import { createPropagation } from '../../lib/record/propagation.js'
import { createRecorder } from '../../lib/record/recorder.js'
import { createSampler } from '../../lib/record/sampling.js'
import type { Timeline } from '../../lib/types.js'
import { createShared } from '../../lib/worker/shared.js'

const roomy = watchHeap(
  () => Number.POSITIVE_INFINITY,
  () => 0
)

function recorderWith(heap: HeapWatch, maxReportsPerMinute: number) {
  const told: Timeline[] = []
  const tracing = {
    propagation: createPropagation(['none'], () => 'shop'),
    sampler: createSampler({ tracesSampler: 'slow', tracesSamplerArg: 1, sampleShare: 0 })
  }
  const options = { slowMs: 50, slowRoutes: {}, maxReportsPerMinute, maxOperations: 10 }
  const outlet = { slow: (timeline: Timeline) => void told.push(timeline), kept: undefined, work() {} }
  const recorder = createRecorder(options, createShared(), tracing, outlet, heap)
  const begin = (agoMs: number) =>
    recorder.beginRequest({}, { method: 'GET', path: '/a', headers: [], start: now() - agoMs })
  return { told, recorder, begin, take: (agoMs: number): void => recorder.endRequest(begin(agoMs), 200, false) }
}

describe('slow requests that are not reported', () => {
  it('are told at the end of one that is, not while it runs: that timeline may come too late to be sent', () => {
    const { told, recorder, begin, take } = recorderWith(roomy, 2)
    // So far apart that no stall of the machine makes an earlier one the slowest.
    take(10_000)
    for (let i = 0; i < 5; i++) take(9000)
    const long = begin(20_000)
    const running = recorder.takeOverdue()
    assert.deepEqual(
      running.map(({ status, dropped }) => [status, dropped.reports]),
      [['running', 0]]
    )
    recorder.endRequest(long, 200, false)
    assert.deepEqual(
      told.map(({ dropped }) => dropped.reports),
      [0, 5]
    )
    recorder.stop()
  })

  it('are counted at the end of the process, where they still run and were not told of before', () => {
    const { told, recorder, begin } = recorderWith(roomy, 2)
    const first = begin(10_000)
    for (let i = 0; i < 2; i++) begin(9000)
    assert.deepEqual(
      recorder.takeOverdue().map(({ id, isLast }) => [id, isLast]),
      [[first.id, undefined]]
    )
    const slower = begin(20_000)
    assert.deepEqual(
      recorder.takeLast().map(({ id, status, isLast }) => [id, status, isLast]),
      [[slower.id, 'running', true]]
    )
    recorder.endRequest(first, 200, false)
    assert.deepEqual(
      told.map(({ dropped }) => dropped.reports),
      [2]
    )
    recorder.stop()
  })

  it('are told one by one while the heap is full, with that and without what is not kept', () => {
    let full = false
    const heap = { usedBytes: 3, limitBytes: 4 }
    const { told, recorder, begin, take } = recorderWith({ ...roomy, toTell: () => (full ? heap : undefined) }, 10)
    take(100)
    const held = begin(100)
    held.letGo()
    full = true
    recorder.endRequest(held, 200, false)
    full = false
    const turnedAway = begin(100)
    turnedAway.letGo()
    recorder.endRequest(turnedAway, 200, false)
    take(100)
    assert.deepEqual(
      told.map(({ heap, dropped }) => [heap, dropped.reports]),
      [
        [undefined, 0],
        [heap, 0],
        [undefined, 1]
      ]
    )
    recorder.stop()
  })
})
