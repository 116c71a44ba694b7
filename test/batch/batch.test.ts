import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Batch } from '../../lib/batch/format.js'
import { readRequests } from '../../lib/batch/reader.js'
import { createBatchWriter, type Leaving } from '../../lib/batch/writer.js'
import { textOf } from '../../lib/record/ids.js'
import type { Traced } from '../../lib/verdict/trace.js'
import { randomOperation, randomRequest } from './random-request.js'

const sent = (batch: Batch): Batch => structuredClone(batch, { transfer: [batch.numbers.buffer, batch.paths.buffer] })

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

  it('holds of a text no more than a report shows', () => {
    const [one] = fc.sample(randomRequest, 1)
    const [call] = fc.sample(randomOperation, 1)
    const writer = createBatchWriter()
    writer.add({ ...one!, operations: [{ ...call!, text: 'x'.repeat(1_000_000) }] })
    const [read] = readRequests(writer.take())
    assert.equal(read!.operations[0]!.text!.length, 8192)
  })
})
