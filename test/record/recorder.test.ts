// What is told of requests and operations to whom, by the recorder alone.

import assert from 'node:assert/strict'
import { factsOfWork } from '../../lib/hook/work.js'
import { type Counting, createCounting } from '../../lib/metrics/counting.js'
import { now } from '../../lib/process/clock.js'
import { watchHeap } from '../../lib/record/heap.js'
import { createPropagation } from '../../lib/record/propagation.js'
import { createRecorder } from '../../lib/record/recorder.js'
import type { RequestRecorder } from '../../lib/record/recorder-types.js'
import type { Request } from '../../lib/record/request.js'
import { createSampler } from '../../lib/record/sampling.js'
import type { Timeline } from '../../lib/types.js'
import { createShared, readSlots } from '../../lib/worker/shared.js'

describe('the recorder', () => {
  const told: Timeline[] = []
  const counted: string[] = []
  let recorder: RequestRecorder
  const create = (slowRoutes = {}, shared = createShared(), maxOperations = 10): RequestRecorder => {
    const tracing = {
      propagation: createPropagation(['none'], () => 'shop'),
      sampler: createSampler({ tracesSampler: 'slow', tracesSamplerArg: 1, sampleShare: 0 })
    }
    const options = { slowMs: 50, slowRoutes, maxReportsPerMinute: 1000, maxOperations }
    const outlet = { slow: (timeline: Timeline) => void told.push(timeline), kept: undefined, work() {} }
    const heap = watchHeap(
      () => Number.POSITIVE_INFINITY,
      () => 0
    )
    const counting: Counting = {
      ...createCounting('explicit', () => {}),
      request: ({ route }) => void counted.push(route)
    }
    return createRecorder(options, shared, tracing, outlet, heap, counting)
  }
  beforeEach(() => {
    told.length = counted.length = 0
    recorder = create()
  })
  afterEach(() => recorder.stop())

  const begin = (agoMs = 0): Request =>
    recorder.beginRequest({}, { method: 'GET', path: '/a', headers: [], start: now() - agoMs })

  it('tells whose answer was ended outside of any request, where its end is told in its context', () => {
    const http2 = { method: 'GET', path: '/a', headers: [':method', 'GET'], start: now() - 100 }
    recorder.endRequest(begin(100), 200, false)
    const inside = begin(100)
    recorder.context.run(inside, () => recorder.endRequest(inside, 200, false))
    recorder.endRequest(recorder.beginRequest({}, http2), 200, false)
    recorder.endRequest(begin(100), null, true)
    assert.deepEqual(
      told.map(({ endedOutside }) => endedOutside),
      [true, undefined, undefined, undefined]
    )
  })

  it('tells and counts a request once, whoever else says that it ended', () => {
    const request = begin(100)
    recorder.endRequest(request, 200, false)
    recorder.endRequest(request, null, true)
    assert.deepEqual(
      told.map(({ status, statusCode }) => [status, statusCode]),
      [['finished', 200]]
    )
    assert.deepEqual(counted, ['/a'])
    // None of them is missed by the count of those in flight.
    const [, , last] = [begin(), begin(), begin(100)]
    recorder.endRequest(last!, 200, false)
    assert.equal(told[1]!.concurrency, 3)
  })

  it('takes no request that began under an agent that was stopped for one of its own', () => {
    const old = begin(100)
    recorder.stop()
    recorder = create()
    const running = begin(100)
    recorder.endRequest(old, 200, false)
    assert.deepEqual([old.status, counted, told], ['finished', [], []])
    const next = begin()
    assert.deepEqual([next.inFlightAtStart, next.slot === running.slot], [2, false])
    assert.deepEqual(
      recorder.takeOverdue().map(({ id }) => id),
      [running.id]
    )
  })

  it('takes what a request of an agent that was stopped still holds for held by another', () => {
    const connection = {}
    const wait = { kind: 'pool', system: 'generic-pool' } as const
    recorder.acquired(recorder.beginOperation(begin(), wait)!, connection)
    recorder.stop()
    recorder = create()
    const request = begin(100)
    const pool = { size: 1, inUse: 1, waiting: 0, busy: [connection], of: {}, look: () => pool, name: () => '' }
    recorder.endOperation(recorder.beginOperation(request, { ...wait, start: now() - 90, pool })!, undefined, undefined)
    recorder.endRequest(request, 200, false)
    const [{ id, concurrency, operations }] = told as [Timeline]
    assert.equal(concurrency, 1)
    assert.equal(operations[0]!.pool!.holders[0]!.request!.route, '/a')
    assert.notEqual(operations[0]!.pool!.holders[0]!.request!.id, id)
  })

  it('counts work that came to no server as no request of HTTP', () => {
    const work = recorder.beginRequest({}, factsOfWork({ kind: 'job', name: 'clean up' }))
    recorder.endRequest(work, null, false)
    assert.deepEqual(counted, [])
  })

  it('tells five requests that have become slow at each look, the next ones at the next', () => {
    const requests = Array.from({ length: 12 }, () => begin(100))
    const looks = [1, 2, 3, 4].map(() => recorder.takeOverdue().map(({ id }) => id))
    assert.deepEqual(
      looks.map(({ length }) => length),
      [5, 5, 2, 0]
    )
    assert.deepEqual(
      looks.flat(),
      requests.map(({ id }) => id)
    )
  })

  it('tells one at each look where there is much to tell of it, since the look holds the thread', () => {
    recorder.stop()
    recorder = create({}, undefined, 1000)
    for (let i = 0; i < 3; i++) {
      const request = begin(100)
      for (let n = 0; n < 300; n++) recorder.beginOperation(request, { kind: 'db', system: 'postgresql' })
    }
    const looks = [1, 2, 3, 4].map(() => recorder.takeOverdue().length)
    assert.deepEqual(looks, [1, 1, 1, 0])
  })

  it('asks for no look at a request that was told of while it ran, when its route is known later', () => {
    const shared = createShared()
    recorder.stop()
    recorder = create({ '/late': 60 }, shared)
    const request = begin(100)
    assert.equal(readSlots(shared, now()).overdue, true)
    assert.equal(recorder.takeOverdue().length, 1)
    recorder.setRoute(request, '/late')
    assert.equal(readSlots(shared, now()).overdue, false)
  })

  it('keeps the first moment of each step of a call', () => {
    const call = recorder.beginOperation(begin(), { kind: 'http', system: 'http' })!
    const steps = ['sent', 'headers', 'dns']
    for (const name of steps) recorder.mark(call, name, undefined, undefined)
    const first = { ...call.operation.marks }
    for (const moment = now(); now() === moment; );
    for (const name of steps) recorder.mark(call, name, undefined, undefined)
    assert.deepEqual(Object.keys(first), steps)
    assert.deepEqual(call.operation.marks, first)
  })

  it('takes what a connection told before its call, and not what it told an earlier call', () => {
    const request = begin(100)
    const { start } = request
    const marksAfter = (last: number) => {
      const call = recorder.beginOperation(request, { kind: 'http', system: 'http', start: start + 50 })!
      recorder.mark(call, 'sent', undefined, { moments: { connect: last }, last })
      return Object.keys(call.operation.marks!)
    }
    assert.deepEqual(marksAfter(start + 60), ['connect', 'sent'])
    assert.deepEqual(marksAfter(start + 40), ['sent'])
  })

  it("has another tracer's span be that of the request which begins in the same turn, and of no later one", async () => {
    const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentSpanId: null, sampled: true }
    recorder.adoptSpan(span)
    assert.equal(begin().ids.spanId, span.spanId)
    recorder.adoptSpan(span)
    await undefined
    assert.notEqual(begin().ids.spanId, span.spanId)
  })
})
