// How long what arrives at any moment waits for the event loop.

import assert from 'node:assert/strict'
import { waitOf } from '../../lib/metrics/loop-wait.js'

describe('the wait for the event loop', () => {
  /** A minute of beats of 10 ms, in which the loop is blocked once. */
  const minute = (blockMs: number): number[] => [...new Array((60_000 - blockMs) / 10).fill(0), blockMs]

  it('is that of requests that come evenly, not of beats: a block of 2 s in a minute has one of 5800 beats, and 1/30 of them', () => {
    const wait = waitOf(minute(2000), 10)
    assert.ok(Math.abs(wait - 2000 ** 2 / 2 / 60_000) < 0.3, `${wait}`)
  })

  it('is the mean of beats that are late by less than the next one', () => assert.equal(waitOf([0, 4, 8], 10), 4))

  it('is nothing without beats', () => assert.equal(waitOf([], 10), 0))
})
