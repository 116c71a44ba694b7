import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { askedAt } from '../../lib/record/pools.js'

describe('the stacks of those who ask a pool for a connection', () => {
  const real = performance.now
  /** Each stack takes this long. */
  let eachMs: number
  let moment: number

  const stacksOf = (asked: number, betweenMs = 100): number => {
    let isSecond = false
    performance.now = () => {
      moment += isSecond ? eachMs : betweenMs
      isSecond = !isSecond
      return moment
    }
    let stacks = 0
    for (let i = 0; i < asked; i++) {
      if (askedAt() === undefined) isSecond = false
      else stacks++
    }
    return stacks
  }

  beforeEach(() => {
    // Ten seconds later all that can be saved up is there.
    moment = (moment ?? real.call(performance)) + 10_000
  })

  afterEach(() => {
    performance.now = real
  })

  it('are all taken as long as they are short', () => {
    eachMs = 0.2
    assert.equal(stacksOf(100), 100)
  })

  it('are one of those who ask within a moment', () => {
    eachMs = 0.01
    assert.equal(stacksOf(100, 10), 25)
  })

  it('are not used up by a few during which the thread had no CPU', () => {
    eachMs = 60
    assert.equal(stacksOf(20), 20)
  })

  it('become fewer when they are long', () => {
    eachMs = 0.5
    const stacks = stacksOf(200)
    assert.ok(stacks > 20 && stacks < 120, String(stacks))
  })
})
