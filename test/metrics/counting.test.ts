import assert from 'node:assert/strict'
import { setImmediate as immediate } from 'node:timers/promises'
import { createCounting, type MetricSource, type MetricsAnswer } from '../../lib/metrics/counting.js'
import type { Series } from '../../lib/metrics/series.js'
import type { PoolFacts } from '../../lib/types.js'
import { operation } from '../verdict/timeline.js'

const facts = (of: object): PoolFacts => ({
  size: 2,
  inUse: 0,
  waiting: 0,
  busy: [],
  of,
  look: facts,
  name: () => 'db:5432/shop'
})

describe('what the main thread counts', () => {
  it('is of a wait for a pool how long it was', () => {
    const all: Series[] = []
    const counting = createCounting('explicit', each => all.push(each))
    const pool = counting.pool(facts({}))
    const wait = operation({ kind: 'pool', system: 'pg', start: 1000, end: 1250 })
    counting.operation(wait, undefined, pool)
    const seconds = all.find(({ metric }) => metric === 'poolWait')!.cells[0]!
    assert.ok(Math.abs(seconds - 0.25) < 1e-9, `${seconds} s`)
  })

  /** A source whose answer comes when it is told to. */
  function source() {
    let asked = 0
    let answer = (): void => {}
    const metrics: MetricSource = {
      ask() {
        asked++
        return [new Promise<void>(resolve => (answer = resolve))]
      },
      read: () => []
    }
    return { metrics, asked: () => asked, answer: () => answer() }
  }

  it('is told when the application has answered, and the last time at once', async () => {
    const counting = createCounting('explicit', () => {})
    const { metrics, answer } = source()
    counting.addSource(metrics)
    const told: MetricsAnswer[] = []
    counting.tell(each => told.push(each), false)
    await immediate()
    assert.equal(told.length, 0)
    answer()
    await immediate()
    assert.equal(told.length, 1)
    counting.tell(each => told.push(each), true)
    assert.equal(told.length, 2)
  })

  it('is without those who do not tell any more', () => {
    const counting = createCounting('explicit', () => {})
    const { metrics, asked } = source()
    counting.addSource(metrics)()
    counting.tell(() => {}, true)
    assert.equal(asked(), 0)
  })
})
