import assert from 'node:assert/strict'
import fc from 'fast-check'
import { backOffMs, outcomeOf, retryAfterMs } from '../../lib/export/retry.js'

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0)
const FIVE_MINUTES_MS = 300_000

describe('retrying', () => {
  const headers: [string | undefined, number | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['0', 0],
    ['7', 7000],
    [' 7 ', 7000],
    ['1000000000', FIVE_MINUTES_MS],
    ['1e9', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', undefined],
    ['Sun, 22 Nov 2099 12:00:00 GMT', FIVE_MINUTES_MS],
    ['Xyz, 99 Foo 2026 12:00:00 GMT', undefined],
    ['soon', undefined],
    ['in 5', undefined],
    ['9'.repeat(400), FIVE_MINUTES_MS]
  ]
  for (const [value, ms] of headers) {
    it(`reads Retry-After: ${value?.slice(0, 40)}`, () => assert.equal(retryAfterMs(value, NOW), ms))
  }

  it('spreads the tries of many processes', () => {
    const tries = [0, 0.5, 1].map(random => backOffMs(3, random))
    assert.deepEqual(tries, [1800, 2100, 2400])
  })

  it('never waits longer than five minutes whatever a backend says', () =>
    fc.assert(
      fc.property(fc.string(), value => {
        const ms = retryAfterMs(value, NOW)
        assert.ok(ms === undefined || (ms >= 0 && ms <= FIVE_MINUTES_MS))
      })
    ))

  const answers: [number[], string][] = [
    [[429, 502, 503, 504], 'retry'],
    [[301, 302, 307, 400, 401, 403, 404, 408, 413, 500, 501, 505], 'refused']
  ]
  for (const [statuses, type] of answers) {
    for (const status of statuses) {
      it(`${status} is ${type}`, () => assert.equal(outcomeOf({ status, retryAfter: '5' }, NOW).type, type))
    }
  }

  it('tries a payload five times where a gateway answers, and as often as it takes where the backend itself does', () => {
    for (const status of [502, 504]) {
      const reason = `answered ${status}`
      assert.deepEqual(outcomeOf({ status, retryAfter: '5' }, NOW), {
        type: 'retry',
        reason,
        afterMs: 5000,
        maxTries: 5
      })
    }
    for (const status of [429, 503]) {
      const reason = `answered ${status}`
      assert.deepEqual(outcomeOf({ status, retryAfter: undefined }, NOW), { type: 'retry', reason, afterMs: undefined })
    }
  })

  it('takes what is said of this payload alone for no news about the backend', () => {
    for (const status of [400, 413]) {
      const reason = `answered ${status}`
      assert.deepEqual(outcomeOf({ status, retryAfter: undefined }, NOW), { type: 'refused', reason, quiet: true })
    }
    assert.deepEqual(outcomeOf({ status: 401, retryAfter: undefined }, NOW), {
      type: 'refused',
      reason: 'answered 401'
    })
  })

  it('stays below ten seconds', () => {
    for (let failures = 1; failures < 2000; failures++) assert.ok(backOffMs(failures, 1) < 10_000)
  })
})
