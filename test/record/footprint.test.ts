import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Counting, createCounting } from '../../lib/metrics/counting.js'
import { now } from '../../lib/process/clock.js'
import { setLogLevel } from '../../lib/process/log.js'
import { watchHeap } from '../../lib/record/heap.js'
import { createPropagation } from '../../lib/record/propagation.js'
import { createRecorder } from '../../lib/record/recorder.js'
import type { RecordedOperation } from '../../lib/record/recorder-types.js'
import type { Request } from '../../lib/record/request.js'
import { createSampler } from '../../lib/record/sampling.js'
import type { OperationFacts, Timeline } from '../../lib/types.js'
import { createShared, SLOTS } from '../../lib/worker/shared.js'

const MAX_OPERATIONS = 10
const tracing = {
  propagation: createPropagation(['none'], () => 'shop'),
  sampler: createSampler({ tracesSampler: 'slow', tracesSamplerArg: 1, sampleShare: 0 })
}
const counting = createCounting('explicit', () => {})
const options = { slowMs: 50, slowRoutes: {}, maxReportsPerMinute: 1000, maxOperations: MAX_OPERATIONS }

/** A recorder whose operations may keep `room` bytes of the heap, and what it tells. */
function recorderWith(room: number, counting?: Counting, joined = tracing) {
  const limit = room * 12.5
  let used = 0
  const told: Timeline[] = []
  const outlet = { slow: (timeline: Timeline) => void told.push(timeline), kept: undefined, work() {} }
  const heap = watchHeap(
    () => limit,
    () => used
  )
  const recorder = createRecorder(options, createShared(), joined, outlet, heap, counting)
  const inFlight = new Set<Request>()
  const open: RecordedOperation[] = []
  return {
    recorder,
    heap,
    told,
    inFlight,
    open,
    use: (share: number) => {
      used = limit * share
    },
    begin: (agoMs = 0): Request => {
      const request = recorder.beginRequest({}, { method: 'GET', path: '/a', headers: [], start: now() - agoMs })
      inFlight.add(request)
      return request
    },
    end: (request: Request, aborted = false): void => {
      recorder.endRequest(request, 200, aborted)
      inFlight.delete(request)
    },
    call: (request: Request, facts: OperationFacts): void =>
      recorder.endOperation(recorder.beginOperation(request, facts)!, undefined, undefined),
    /** As the counter should have them: 700 bytes for each call that has not ended and is waited for. */
    underWayBytes: () =>
      open.filter(each => inFlight.has(each.request) && recorder.isFollowed(each)).length * UNDER_WAY,
    /** As the counter should have it: 200 bytes an operation, and its text. */
    keptBytes: () => {
      let bytes = 0
      for (const { operations } of inFlight)
        for (const { text } of operations ?? []) bytes += 200 + (typeof text === 'string' ? text.length : 0)
      return bytes
    }
  }
}

const UNDER_WAY = 700

const query = (text?: string): OperationFacts => ({ kind: 'db', system: 'postgresql', text })

describe('what operations of requests in flight keep', () => {
  before(() => setLogLevel('none'))
  after(() => setLogLevel('warn'))

  const facts = fc.oneof(
    fc.record({ kind: fc.constant('pool' as const), system: fc.constant('postgresql') }),
    fc.record({ kind: fc.constant('db' as const), system: fc.constant('x'), text: fc.string({ maxLength: 300 }) }),
    fc.record({ kind: fc.constant('db' as const), system: fc.constant('x'), text: fc.constant(7 as unknown as string) })
  )
  const which = fc.nat({ max: 1000 })
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.record({ do: fc.constant('begin' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), which, aborted: fc.boolean() }) },
    { weight: 12, arbitrary: fc.record({ do: fc.constant('operation' as const), which, facts }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant('answer' as const), which, error: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('collect' as const), used: fc.constantFrom(0.1, 0.75) }) }
  )

  it('is counted exactly, whatever they do, and is never more than its bound', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 50, maxLength: 200 }),
        fc.integer({ min: 0, max: 20_000 }),
        fc.boolean(),
        (steps, room, isCounting) => {
          const { recorder, heap, inFlight, open, use, begin, end, keptBytes, underWayBytes } = recorderWith(
            room,
            isCounting ? counting : undefined
          )
          const requestAt = (which: number): Request | undefined => [...inFlight][which % inFlight.size]
          for (const step of steps) {
            const request = 'which' in step ? requestAt(step.which) : undefined
            if (step.do === 'begin') begin()
            if (step.do === 'end' && request) end(request, step.aborted)
            if (step.do === 'operation' && request) open.push(recorder.beginOperation(request, step.facts)!)
            if (step.do === 'answer' && open.length > 0) {
              const [operation] = open.splice(step.which % open.length, 1)
              recorder.endOperation(operation!, step.error ? new Error('no') : undefined, undefined)
            }
            if (step.do === 'collect') {
              use(step.used)
              if (heap.collected()) for (const request of inFlight) request.letGo()
            }
            assert.equal(heap.footprint.bytes, keptBytes() + underWayBytes())
            assert.ok(keptBytes() <= heap.footprint.maxBytes)
            assert.ok(heap.footprint.bytes <= heap.footprint.maxFollowedBytes)
          }
          for (const request of inFlight) end(request)
          for (const operation of open) recorder.endOperation(operation, undefined, undefined)
          assert.equal(heap.footprint.bytes, 0)
          recorder.stop()
        }
      )
    )
  })

  it('is bounded for all of them together; who did more is not told with a part of it, but counted', () => {
    const { recorder, heap, told, begin, end, call } = recorderWith(2000 + UNDER_WAY)
    const whole = begin(100)
    const partial = begin(100)
    for (let i = 0; i < 5; i++) call(whole, query())
    for (let i = 0; i < 9; i++) call(partial, query())
    assert.equal(heap.footprint.bytes, 2000)
    assert.deepEqual([whole.droppedOperations, partial.droppedOperations], [0, 4])
    assert.deepEqual(
      recorder.takeOverdue().map(({ id }) => id),
      [whole.id]
    )
    end(partial)
    end(whole)
    assert.deepEqual(
      told.map(({ id, operations, dropped }) => [id, operations.length, dropped.reports]),
      [[whole.id, 5, 1]]
    )
    assert.equal(heap.footprint.bytes, 0)
    recorder.stop()
  })

  it('has room again for a request that begins when others have ended', () => {
    const { recorder, told, begin, end, call } = recorderWith(2000 + UNDER_WAY)
    const first = begin(100)
    for (let i = 0; i < 10; i++) call(first, query())
    end(first)
    const next = begin(100)
    for (let i = 0; i < 10; i++) call(next, query())
    end(next)
    assert.deepEqual(
      told.map(({ operations }) => operations.length),
      [10, 10]
    )
    recorder.stop()
  })

  it('includes long texts', () => {
    const { recorder, begin, call } = recorderWith(2000 + UNDER_WAY)
    const request = begin()
    for (let i = 0; i < 3; i++) call(request, query(`${i}`.padEnd(800, 'x')))
    assert.equal(request.operations?.length, 2)
    recorder.stop()
  })

  it('of requests without a slot is bounded like that of others', () => {
    const { recorder, heap, begin, call } = recorderWith(2000 + UNDER_WAY)
    const requests = Array.from({ length: SLOTS + 10 }, () => begin())
    for (const request of requests.slice(SLOTS)) for (let i = 0; i < 2; i++) call(request, query())
    assert.equal(heap.footprint.bytes, 2000)
    for (const request of requests) recorder.endRequest(request, 200, false)
    assert.equal(heap.footprint.bytes, 0)
    recorder.stop()
  })

  it('includes what holds calls under way: those without room are counted, and nothing waits for their end', () => {
    const { recorder, heap, told, begin, end, call } = recorderWith(2 * (200 + UNDER_WAY))
    const request = begin(100)
    const [first, second, third] = [1, 2, 3].map(() => recorder.beginOperation(request, query())!)
    assert.deepEqual(
      [first, second, third].map(each => recorder.isFollowed(each!)),
      [true, true, false]
    )
    assert.equal(recorder.requestOf(third!), request)
    assert.equal(recorder.beginSpan(request, query()), undefined)
    assert.equal(request.droppedOperations, 2)
    recorder.endOperation(third!, new Error('no'), undefined)
    assert.equal(heap.footprint.bytes, 2 * (200 + UNDER_WAY))
    recorder.endOperation(first!, undefined, undefined)
    call(request, query())
    assert.equal(request.operations?.length, 2)
    end(request)
    assert.equal(heap.footprint.bytes, 0)
    recorder.endOperation(second!, undefined, undefined)
    assert.equal(heap.footprint.bytes, 0)
    assert.equal(told.length, 0)
    recorder.stop()
  })

  it('is as nothing for a call without room whose peer is told of the trace: it becomes a child of the request', () => {
    const propagation = createPropagation(['tracecontext'], () => 'shop')
    const { recorder, begin } = recorderWith(0, undefined, { ...tracing, propagation })
    const request = begin()
    const operation = recorder.beginOperation(request, { kind: 'http', system: 'http' })!
    assert.equal(recorder.isFollowed(operation), false)
    const { traceId, spanId } = request.ids
    assert.match(
      Object.fromEntries(recorder.propagation(operation))['traceparent']!,
      new RegExp(`${traceId}-${spanId}`)
    )
    recorder.stop()
  })

  it('leaves metrics whole where calls can be timed that are not kept', () => {
    const ended: string[] = []
    const noting = { ...counting, operation: ({ system }: { system: string }) => void ended.push(system) }
    const { recorder, use, heap, begin, call } = recorderWith(2000, noting)
    const request = begin()
    use(0.75)
    heap.collected()
    for (let i = 0; i < 3; i++) call(request, query())
    assert.equal(heap.isFull, true)
    assert.equal(request.droppedOperations, 3)
    assert.deepEqual(ended, ['postgresql', 'postgresql', 'postgresql'])
    recorder.stop()
  })
})

describe('how many operations a request may keep', () => {
  it('is another as soon as the options have changed', () => {
    const { recorder, begin, end, call } = recorderWith(1e6)
    const droppedOf = (calls: number): number => {
      const request = begin()
      for (let i = 0; i < calls; i++) call(request, query(`SELECT ${i}`))
      const { droppedOperations } = request
      end(request)
      return droppedOperations
    }
    assert.equal(droppedOf(4), 0)
    options.maxOperations = 3
    try {
      recorder.reread()
      assert.equal(droppedOf(4), 1)
    } finally {
      options.maxOperations = MAX_OPERATIONS
    }
    recorder.stop()
  })
})
