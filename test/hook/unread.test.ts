import assert from 'node:assert/strict'
import { createUnread } from '../../lib/hook/unread.js'
import { now } from '../../lib/process/clock.js'

const CALLS = 2000

/** The least of several: other programs may have the CPU in between. */
function nanosOf(work: () => void): number {
  const times = Array.from({ length: 15 }, () => {
    const begin = process.hrtime.bigint()
    work()
    return Number(process.hrtime.bigint() - begin)
  })
  return Math.min(...times)
}

describe('an answer that lies unread', () => {
  it('is none while there is room, and none of a reader that asks at once', () => {
    const unread = createUnread()
    const call = {}
    assert.equal(unread.asked(call), undefined)
    let since: number | undefined
    let tookMs: number
    // Where other programs had the CPU in between it was late.
    do {
      const before = now()
      unread.filled(call)
      since = unread.asked(call)
      tookMs = now() - before
    } while (tookMs >= 1)
    assert.equal(since, undefined)
    assert.equal(unread.asked(call), undefined)
  })

  it('is told once, from the full buffer on, of a reader that asks late', () => {
    const unread = createUnread()
    const call = {}
    const before = now()
    unread.filled(call)
    const after = now()
    while (now() < after + 3) {}
    const since = unread.asked(call)
    assert.ok(since !== undefined && since >= before && since <= after, `${since} of ${before} to ${after}`)
    assert.equal(unread.asked(call), undefined)
  })

  it('costs no more each time than the first time', () => {
    const unread = createUnread()
    const one = {}
    const again = nanosOf(() => {
      for (let i = 0; i < CALLS; i++) {
        unread.filled(one)
        unread.asked(one)
      }
    })
    const first = nanosOf(() => {
      for (let i = 0; i < CALLS; i++) unread.filled({})
    })
    assert.ok(again < first * 20, `${again / CALLS} ns again, ${first / CALLS} ns the first time`)
  })
})
