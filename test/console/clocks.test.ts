// Senders whose clocks are off: they are counted, the stretch stays what it is, and it is said. What is late for another reason is
// left as it is. The console's clock is set by hand here, for each delivery.

import assert from 'node:assert/strict'
import type { SystemView } from '../../lib/console/api.js'
import { createClocks } from '../../lib/console/clocks.js'
import { clocks } from '../../lib/fleet/words.js'
import { toJson } from '../../lib/otlp/encode.js'
import { openConsole, type Subject } from './console.js'

const START_MS = 1_700_000_000_000
const S = 1000
const MIN = 60 * S

describe('the console, of senders whose clocks are off', () => {
  const dateNow = Date.now
  let subject: Subject
  beforeEach(async () => {
    subject = await openConsole()
  })
  afterEach(() => {
    Date.now = dateNow
    return subject.close()
  })

  /** Ten requests in each collection, told `lateMs` after it by the console's clock. */
  async function send(service: string, instance: string, atMs: number, { aheadMs = 0, lateMs = 0 } = {}) {
    const stringValue = (key: string, value: string) => ({ key, value: { stringValue: value } })
    const point = { startTimeUnixNano: atMs + aheadMs - MIN, timeUnixNano: atMs + aheadMs, count: 10, sum: 1 }
    const histogram = { aggregationTemporality: 1, dataPoints: [{ ...point, bucketCounts: [], explicitBounds: [] }] }
    const attributes = [stringValue('service.name', service), stringValue('service.instance.id', instance)]
    const metrics = [{ name: 'http.server.request.duration', histogram }]
    Date.now = () => atMs + lateMs
    const { status } = await subject.ask('/v1/metrics', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: toJson('ExportMetricsServiceRequest', {
        resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }]
      })
    })
    assert.equal(status, 200)
  }

  async function seen() {
    const { sums } = await subject.view<SystemView>('/api/system')
    return {
      requests: Object.fromEntries(sums.services.map(({ service, requests }) => [service, requests])),
      seconds: (sums.toMs - sums.fromMs) / S,
      said: clocks(sums)
    }
  }

  const corrected = 'Here that is corrected; other views show their times as they were sent.'
  // clock | ahead | said
  const off: [string, number, string][] = [
    ['5 min ahead', 5 * MIN, 'The clock of orders is 5 min ahead of the console’s.'],
    ['45 s ahead', 45 * S, 'The clock of orders is 45 s ahead of the console’s.'],
    ['years ahead', 500_000 * MIN, 'The clock of orders is 8333 h ahead of the console’s.'],
    [
      '10 min behind',
      -10 * MIN,
      'What orders sends is 10 min old when it comes: its clock is behind the console’s, or the way takes that long.'
    ]
  ]
  for (const [title, aheadMs, said] of off) {
    it(`counts one that is ${title}, in the stretch of all others, and says so`, async () => {
      for (let i = 0; i < 3; i++) {
        await send('web', 'a', START_MS + i * MIN)
        await send('orders', 'b', START_MS + i * MIN + S, { aheadMs })
      }
      assert.deepEqual(await seen(), {
        requests: { web: 30, orders: 30 },
        seconds: 181,
        said: `${said} ${corrected}`
      })
    })
  }

  it('says of how many instances', async () => {
    for (let i = 0; i < 3; i++) {
      await send('orders', 'a', START_MS + i * MIN)
      await send('orders', 'b', START_MS + i * MIN, { aheadMs: 30 * S })
    }
    const { said } = await seen()
    assert.equal(said, `The clock of orders in 1 of 2 instances is 30 s ahead of the console’s. ${corrected}`)
  })

  it('keeps to it where one delivery takes longer than the others', async () => {
    for (const [i, lateMs] of [0, 0, 20 * S].entries()) {
      await send('orders', 'a', START_MS + i * MIN, { aheadMs: -10 * MIN, lateMs })
    }
    assert.match((await seen()).said ?? '', /^What orders sends is 10 min old/)
  })

  it('does not take a backlog after an outage for a clock, not even one that takes a while', async () => {
    // 20 collections of the last 20 min, at twice the pace of time; then as they are made.
    for (let i = 0; i < 20; i++) {
      const lateMs = 20 * MIN - i * MIN + i * 30 * S
      await send('orders', 'a', START_MS + i * MIN, { lateMs })
      assert.equal((await seen()).said, undefined)
    }
    for (let i = 30; i < 33; i++) await send('orders', 'a', START_MS + i * MIN)
    const { requests, said } = await seen()
    assert.deepEqual([requests, said], [{ orders: 30 }, undefined])
  })

  it('says nothing any more of a clock that was set right', async () => {
    for (let i = 0; i < 3; i++) await send('orders', 'a', START_MS + i * MIN, { aheadMs: -2 * MIN })
    assert.match((await seen()).said ?? '', /2 min|120 s/)
    for (let i = 3; i < 6; i++) await send('orders', 'a', START_MS + i * MIN)
    assert.equal((await seen()).said, undefined)
  })

  it('says nothing of an instance that has ended before the stretch', async () => {
    for (let i = 0; i < 3; i++) await send('orders', 'a', START_MS + i * MIN, { aheadMs: 2 * MIN })
    for (let i = 10; i < 13; i++) await send('orders', 'b', START_MS + i * MIN)
    assert.equal((await seen()).said, undefined)
  })
})

describe('the clock of a sender', () => {
  /** Two stretches of deliveries, each a minute late. */
  function minuteBehind() {
    const clocks = createClocks()
    clocks.heard('orders', '1', 0, MIN)
    clocks.heard('orders', '1', 20 * S, MIN + 20 * S)
    assert.deepEqual(clocks.off(), [{ service: 'orders', instance: '1', aheadMs: -MIN, lastHeardMs: MIN + 20 * S }])
    return clocks
  }

  it('is right as soon as a delivery comes earlier than it was off', () => {
    const clocks = minuteBehind()
    clocks.heard('orders', '1', MIN + 21 * S, MIN + 22 * S)
    assert.deepEqual(clocks.off(), [])
  })

  it('is forgotten when ten thousand others have been heard since', () => {
    const clocks = minuteBehind()
    for (let i = 0; i < 9_999; i++) clocks.heard('stock', `${i}`, 2 * MIN, 2 * MIN)
    assert.equal(clocks.off().length, 1)
    clocks.heard('stock', 'last', 2 * MIN, 2 * MIN)
    assert.deepEqual(clocks.off(), [])
  })
})
