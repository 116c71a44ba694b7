import assert from 'node:assert/strict'
import { mock } from 'node:test'
import type { Batch } from '../../lib/batch/format.js'
import { readRequests } from '../../lib/batch/reader.js'
import type { Leaving } from '../../lib/batch/writer.js'
import { createKept } from '../../lib/worker/kept.js'

const request = (path: string): Leaving => ({
  facts: { method: 'GET', path },
  route: '/:id',
  status: 'finished',
  statusCode: 200,
  start: 1,
  end: 2,
  sampled: true,
  knownIds: undefined,
  ownIds: { trace0: 1, trace1: 2, trace2: 3, trace3: 4, span0: 5, span1: 6 },
  operations: undefined,
  droppedOperations: 0,
  span: undefined,
  annotations: undefined
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
    const arrived = sent.flatMap(batch => [...readRequests(batch)]).map(({ path }) => path)
    assert.ok(arrived.length < 20_000)
    assert.equal(arrived.length + kept.dropped(), paths.length + 1)
    assert.deepEqual(arrived, [...paths.slice(0, arrived.length - 1), '/last'])
  })

  it('leave in time, also when they are few, each time', () => {
    const timers = new Set<() => void>()
    mock.method(globalThis, 'setTimeout', (due: () => void) => {
      timers.add(due)
      return { unref: () => due }
    })
    mock.method(globalThis, 'clearTimeout', (due: () => void) => timers.delete(due))
    try {
      let sent = 0
      const kept = createKept(() => sent++)
      for (let i = 1; i <= 3; i++) {
        kept.push(request('/'))
        kept.push(request('/'))
        assert.equal(timers.size, 1)
        for (const due of [...timers]) {
          timers.delete(due)
          due()
        }
        assert.equal(sent, i)
        kept.took()
      }
    } finally {
      mock.restoreAll()
    }
  })
})
