import assert from 'node:assert/strict'
import { now } from '../../lib/clock.js'
import { watchHeap } from '../../lib/record/heap.js'
import { createPropagation } from '../../lib/record/propagation.js'
import { createRecorder } from '../../lib/record/recorder.js'
import { createSampler } from '../../lib/record/sampling.js'
import type { Timeline } from '../../lib/types.js'
import { createShared } from '../../lib/worker/shared.js'

describe('slow requests that are not reported', () => {
  it('are told at the end of one that is, not while it runs: that timeline may come too late to be sent', () => {
    const told: Timeline[] = []
    const tracing = {
      propagation: createPropagation(['none'], () => 'shop'),
      sampler: createSampler({ tracesSampler: 'slow', tracesSamplerArg: 1, sampleShare: 0 })
    }
    const options = { slowMs: 50, slowRoutes: {}, maxReportsPerMinute: 2, maxOperations: 10 }
    const outlet = { slow: (timeline: Timeline) => void told.push(timeline), kept: undefined, work() {} }
    const recorder = createRecorder(
      options,
      createShared(),
      tracing,
      outlet,
      watchHeap(
        () => Number.POSITIVE_INFINITY,
        () => 0
      )
    )
    const begin = (agoMs: number) =>
      recorder.beginRequest({}, { method: 'GET', path: '/a', headers: [], start: now() - agoMs })
    const take = (agoMs: number): void => recorder.endRequest(begin(agoMs), 200, false)

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
})
