import assert from 'node:assert/strict'
import { mock } from 'node:test'
import fc from 'fast-check'
import { type Batch, buffersOf, MARKS, roomOf } from '../../lib/batch/format.js'
import { readRequests } from '../../lib/batch/reader.js'
import { createBatchWriter, type Leaving } from '../../lib/batch/writer.js'
import { textOf } from '../../lib/record/ids.js'
import { phasesOf } from '../../lib/verdict/phases.js'
import type { Traced } from '../../lib/verdict/trace.js'
import { randomOperation, randomRequest } from './random-request.js'

const ALL_MARKS = [...MARKS, 'queued', 'unseen']

const sent = (batch: Batch): Batch => structuredClone(batch, { transfer: buffersOf(batch) })

const readBack = ({ facts, knownIds, ownIds, ...request }: Leaving, epochMs: number): Traced => ({
  status: request.status,
  parentSpanId: null,
  ...textOf(ownIds),
  ...(knownIds && { traceId: knownIds.traceId, spanId: knownIds.spanId, parentSpanId: knownIds.parentSpanId }),
  traceState: knownIds?.state ?? '',
  sampled: request.sampled,
  caller: knownIds?.caller,
  at: epochMs + request.start,
  start: request.start,
  end: request.end,
  method: facts.method,
  path: facts.path.slice(0, 2048),
  route: request.route,
  statusCode: request.statusCode,
  operations: [...(request.operations ?? [])],
  span: request.span,
  annotations: { ...request.annotations },
  dropped: { operations: request.droppedOperations, reports: 0 }
})

describe('a batch of requests', () => {
  it('comes out of the other thread as it was written, and the next one too', () => {
    const writer = createBatchWriter()
    fc.assert(
      fc.property(fc.array(randomRequest, { maxLength: 20 }), requests => {
        for (const each of requests) writer.add(each)
        assert.equal(writer.count, requests.length)
        assert.equal(
          writer.weight,
          requests.reduce((sum, { operations = [] }) => sum + 1 + operations.length, 0)
        )
        const batch = sent(writer.take())
        assert.deepEqual(
          [...readRequests(batch)],
          requests.map(request => readBack(request, batch.epochMs))
        )
        assert.equal(writer.count + writer.weight, 0)
      })
    )
  })

  it('comes out as it was written also where others were written before', () => {
    const writer = createBatchWriter()
    fc.assert(
      fc.property(fc.array(randomRequest, { minLength: 1, maxLength: 20 }), requests => {
        for (const each of requests) writer.add(each)
        const batch = sent(writer.take())
        const read = [...readRequests(batch)]
        assert.deepEqual(
          read,
          requests.map(request => readBack(request, batch.epochMs))
        )
        writer.reuse(roomOf(sent(batch)))
      })
    )
  })

  it('is written into the arrays of one that was worked off, while another is under way', () => {
    const [one] = fc.sample(randomRequest, 1)
    const writer = createBatchWriter()
    const next = (): Batch => {
      writer.add(one!)
      return writer.take()
    }
    const first = next()
    const second = next()
    writer.reuse(roomOf(first))
    const third = next()
    writer.add(one!)
    writer.reuse(roomOf(second))
    const fourth = writer.take()
    const fifth = next()
    assert.equal(third.numbers.buffer, first.numbers.buffer)
    assert.equal(third.paths.buffer, first.paths.buffer)
    assert.notEqual(fourth.numbers.buffer, second.numbers.buffer)
    assert.equal(fifth.numbers.buffer, second.numbers.buffer)
  })

  it('that had to grow far leaves its arrays to nobody', () => {
    const [one] = fc.sample(randomRequest, 1)
    const [call] = fc.sample(randomOperation, 1)
    const writer = createBatchWriter()
    writer.add({ ...one!, operations: Array.from({ length: 10_000 }, () => call!) })
    const large = writer.take()
    writer.reuse(roomOf(large))
    writer.add({ ...one!, operations: [] })
    assert.notEqual(writer.take().numbers.buffer, large.numbers.buffer)
  })

  it('grows to any number of operations', () => {
    const [one] = fc.sample(randomRequest, 1)
    const [call] = fc.sample(randomOperation, 1)
    const large = { ...one!, operations: Array.from({ length: 10_000 }, () => call!) }
    const writer = createBatchWriter()
    writer.add(one!)
    writer.add(large)
    const batch = sent(writer.take())
    assert.deepEqual(
      [...readRequests(batch)],
      [one!, large].map(request => readBack(request, batch.epochMs))
    )
  })

  it('has the same phases when it comes out, whatever was marked', () => {
    const [one] = fc.sample(randomRequest, 1)
    const writer = createBatchWriter()
    const mark = fc.constantFrom(...ALL_MARKS)
    const marks = fc.dictionary(mark, fc.integer({ min: 1000, max: 1100 }), { noNullPrototype: true })
    fc.assert(
      fc.property(randomOperation, marks, (operation, marks) => {
        const call = { ...operation, start: 1000, end: 1100, marks }
        writer.add({ ...one!, operations: [call] })
        const [read] = readRequests(writer.take())
        assert.deepEqual(phasesOf(read!.operations[0]!, 1100), phasesOf(call, 1100))
      })
    )
  })

  it('has room for every mark of every call', () => {
    const [one] = fc.sample(randomRequest, 1)
    const [call] = fc.sample(randomOperation, 1)
    const marks = Object.fromEntries(MARKS.map((name, i) => [name, i]))
    const pool = { size: 1, inUse: 2, waiting: 3, holders: [] }
    const full = { ...one!, operations: Array.from({ length: 200 }, () => ({ ...call!, marks, pool })) }
    const writer = createBatchWriter()
    writer.add(full)
    const [read] = readRequests(sent(writer.take()))
    // One by one: what differs in 200 takes a minute to be shown.
    for (const operation of read!.operations) assert.deepEqual([operation.marks, operation.pool], [marks, pool])
  })

  it('tells moments of the wall clock as it is when the batch begins', () => {
    const [one] = fc.sample(randomRequest, 1)
    const writer = createBatchWriter()
    const atOf = (steppedMs: number): number => {
      const wall = Date.now
      mock.method(Date, 'now', () => wall() + steppedMs)
      writer.add(one!)
      mock.restoreAll()
      const [read] = readRequests(writer.take())
      return read!.at
    }
    const [first, second] = [atOf(0), atOf(3_600_000)]
    assert.equal(Math.round((second - first) / 60_000), 60)
  })

  it('holds of a path no more than a report shows, in whatever letters it is', () => {
    const [one] = fc.sample(randomRequest, 1)
    const writer = createBatchWriter()
    for (const letter of ['x', '\u20ac']) {
      writer.add({ ...one!, facts: { method: 'GET', path: `/${letter.repeat(1_000_000)}` } })
      const [read] = readRequests(writer.take())
      assert.equal(read!.path.length, 2048)
    }
  })

  it('holds of a text no more than a report shows', () => {
    const [one] = fc.sample(randomRequest, 1)
    const [call] = fc.sample(randomOperation, 1)
    const writer = createBatchWriter()
    writer.add({ ...one!, operations: [{ ...call!, text: 'x'.repeat(1_000_000) }] })
    const [read] = readRequests(writer.take())
    assert.equal(read!.operations[0]!.text!.length, 8192)
  })
})
