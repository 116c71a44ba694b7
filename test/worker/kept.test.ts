import assert from 'node:assert/strict'
import type { Traced } from '../../lib/verdict/trace.js'
import { type Batch, unpack } from '../../lib/worker/batch.js'
import { createKept } from '../../lib/worker/kept.js'

const request = (path: string): Traced => ({
  status: 'finished',
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: null,
  traceState: '',
  sampled: true,
  caller: undefined,
  at: 1,
  start: 1,
  end: 2,
  method: 'GET',
  path,
  route: '/:id',
  statusCode: 200,
  operations: [],
  annotations: {},
  dropped: { operations: 0, reports: 0 }
})

describe('requests whose spans leave', () => {
  it('wait for the agent thread within bounds; all that were taken arrive, in order, and the rest is counted', () => {
    const sent: Batch[] = []
    const kept = createKept(batch => sent.push(batch))
    const paths = Array.from({ length: 30_000 }, (_, i) => `/${i}`)
    for (const path of paths) kept.push(request(path))
    assert.equal(sent.length, 1)
    kept.took()
    assert.equal(sent.length, 2)
    kept.took()
    kept.push(request('/last'))
    kept.flush()
    const arrived = sent.flatMap(batch => [...unpack(batch)]).map(({ path }) => path)
    assert.ok(arrived.length < 20_000)
    assert.equal(arrived.length + kept.dropped(), paths.length + 1)
    assert.deepEqual(arrived, [...paths.slice(0, arrived.length - 1), '/last'])
  })
})
