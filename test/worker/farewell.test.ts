import assert from 'node:assert/strict'
import {
  beginQuestion,
  endQuestion,
  forgetQuestions,
  leaveQuestions,
  signalHungUp,
  waitForExit
} from '../../lib/worker/farewell.js'
import { createShared } from '../../lib/worker/shared.js'

describe('a thread and the agent thread that part', () => {
  it('has one that leaves wait for the question that is under way, until its deadline, and no other question begin', () => {
    const shared = createShared()
    /** How often it looked at the clock, which goes on by one each time; the question ends at the `answeredAt`th. */
    const looks = (answeredAt: number): number => {
      let clock = 0
      leaveQuestions(shared, 10, () => {
        if (clock === answeredAt) endQuestion(shared)
        return clock++
      })
      return clock
    }
    assert.ok(beginQuestion(shared))
    assert.equal(looks(Number.NaN), 11)
    assert.equal(looks(3), 5)
    assert.equal(beginQuestion(shared), false)
    assert.equal(looks(Number.NaN), 1)
  })

  it('has one that leaves wait until its deadline, and a moment longer while an inspector session is open', () => {
    const shared = createShared()
    let leaves = 0
    const leave = (hungUpAt: number): { isDone: boolean; leftAt: number } => {
      const nth = ++leaves
      let clock = 0
      const isDone = waitForExit(
        shared,
        nth,
        100,
        () => (clock += 25),
        () => clock >= hungUpAt && signalHungUp(shared, nth)
      )
      return { isDone, leftAt: clock }
    }
    assert.deepEqual(leave(0), { isDone: true, leftAt: 100 })
    assert.deepEqual(leave(200), { isDone: true, leftAt: 200 })
    assert.deepEqual(leave(Number.POSITIVE_INFINITY), { isDone: false, leftAt: 300 })
  })

  it('has nobody wait for what an agent thread had asked that is gone', () => {
    const shared = createShared()
    assert.ok(beginQuestion(shared))
    forgetQuestions(shared)
    let looks = 0
    leaveQuestions(shared, 10, () => looks++)
    assert.equal(looks, 1)
  })
})
