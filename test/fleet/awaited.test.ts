// What part of its calls a service waited for, on sums whose answer is plain.

import assert from 'node:assert/strict'
import { awaitedShares, type Made } from '../../lib/fleet/awaited.js'

const made = (wholeSeconds: number, requests = 100, isShown = false): Made => ({ requests, wholeSeconds, isShown })

describe('the part of calls that was waited for', () => {
  // of 100 requests that waited for calls for so long | their calls | the shares
  const cases: [string, number | undefined, Made[], number[]][] = [
    ['is all of them where nobody tells of waiting', undefined, [made(30)], [1]],
    ['is all of them where nobody waited', 0, [made(30)], [1]],
    ['is all of what was made as long as it was waited for', 10, [made(6), made(4)], [1, 1]],
    ['is all of what is a little more, as of two collections', 10, [made(12)], [1]],
    ['is of calls in passing what the others leave', 10, [made(30), made(4)], [0.2, 1]],
    ['is nothing of calls in passing where the others leave nothing', 10, [made(30), made(6), made(5)], [0, 1, 1]],
    ['is divided among several in passing', 10, [made(30), made(20)], [0.2, 0.2]],
    ['is all of calls that a request makes several of at once', 10, [made(45, 400)], [1]],
    ['is not less of a call that few requests make', 10, [made(12, 10)], [1]],
    ['is all of what a trace has shown, whose part is known from there', 10, [made(30, 100, true), made(4)], [1, 1]],
    ['is of the others what a call that was shown leaves', 10, [made(8, 100, true), made(20)], [1, 0.1]]
  ]
  for (const [title, waitedSeconds, calls, shares] of cases)
    it(title, () => assert.deepEqual(awaitedShares(calls, 100, waitedSeconds), shares))
})
