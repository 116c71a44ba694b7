import assert from 'node:assert/strict'
import { createPoolWatch } from '../../lib/metrics/pools.js'
import { createSeries } from '../../lib/metrics/series.js'
import type { PoolFacts } from '../../lib/types.js'

describe('the pools that are watched', () => {
  it('are a hundred at most, and each is watched once', () => {
    const watch = createPoolWatch(createSeries({ histograms: 'explicit', startMs: 1, announce: () => {} }))
    const facts = (): PoolFacts => ({
      size: 1,
      inUse: 0,
      waiting: 0,
      busy: [],
      of: {},
      look: facts,
      name: () => 'db:5432/shop'
    })
    const all = Array.from({ length: 150 }, facts)
    assert.equal(all.filter(one => watch.see(one)).length, 100)
    assert.equal(watch.see(all[0]!), watch.see(all[0]!))
    assert.equal(watch.see(all[149]!), undefined)
  })
})
