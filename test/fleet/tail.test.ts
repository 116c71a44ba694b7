// Who adds the time of slow requests is said where the mean hides it, and there alone.

import assert from 'node:assert/strict'
import type { SystemView } from '../../lib/console/api.js'
import { answer } from '../../lib/fleet/answers.js'
import type { CallSums, ServiceSums } from '../../lib/fleet/sums.js'
import { inWords } from '../../lib/fleet/words.js'
import { openConsole } from '../console/console.js'
import { type App, runApp } from '../harness/app.js'

const service = (name: string, ownSeconds: number, more: Partial<ServiceSums> = {}): ServiceSums => ({
  service: name,
  instances: 1,
  requests: 2000,
  failed: 0,
  seconds: ownSeconds,
  ownSeconds,
  entryRequests: 0,
  p50Ms: undefined,
  p99Ms: undefined,
  slowOnly: false,
  byCause: {},
  resources: [],
  waited: [],
  ...more
})
const CALLS = ['orders', 'mail'].map(to => ({ from: 'web', to, system: 'service' })) as CallSums[]
const slow = (requests: number, reports = requests) => ({ requests, reports })

/** `orders` takes 80 ms of each request; `mail` 2 s of one in a hundred. */
function shop({ web = {}, orders = {}, mail = {} }: Record<string, Partial<ServiceSums>> = {}): ServiceSums[] {
  return [
    service('web', 20, { byCause: { 'http.slow_peer': 41, 'cpu.own': 1 }, slow: slow(20), ...web }),
    service('orders', 160, orders),
    service('mail', 45, { byCause: { untracked: 40 }, slow: slow(20), ...mail })
  ]
}

function noteOf(services: ServiceSums[], calls = CALLS): string | undefined {
  const sums = { fromMs: 0, toMs: 100_000, services, calls }
  return inWords(answer(sums), sums)[0]!.note
}

describe('the time of slow requests', () => {
  it('is told where another service adds most of it than of all time', () => {
    assert.equal(
      noteOf(shop()),
      'Of slow requests it is another: mail adds 95 % of their time or more, with 1 % of its own that are slow, and orders 0 %.'
    )
  })

  it('is not where it is the same one’s', () => {
    assert.equal(
      noteOf(shop({ mail: { byCause: {} }, orders: { byCause: { 'db.slow_query': 40 }, slow: slow(20) } })),
      undefined
    )
  })

  it('is not where callers waited longer than the called were slow by their own thresholds', () => {
    assert.equal(noteOf(shop({ mail: { byCause: { untracked: 15 } } })), undefined)
  })

  it('is not of a few, as at a start, nor where slow requests are all that is known', () => {
    assert.equal(noteOf(shop({ mail: { byCause: { untracked: 40 }, slow: slow(5) } })), undefined)
    assert.equal(noteOf(shop().map(each => ({ ...each, slowOnly: true }))), undefined)
  })

  it('is not where those that are not reported may have been others', () => {
    const orders = { byCause: { 'db.slow_query': 10 }, slow: slow(400, 20) }
    assert.equal(noteOf(shop({ orders })), undefined)
    assert.match(
      noteOf(shop({ orders: { ...orders, slow: slow(20) } }))!,
      /^Of slow requests it is another: mail adds 78 %/
    )
  })
})

const SAID_WITHIN_MS = 60_000
const SLOW_TIMES = 12

describe('services of which one is seldom slow', function () {
  this.timeout(2 * SAID_WITHIN_MS)

  it('are told with that one, beside the one that adds most of all time', async () => {
    const page = await openConsole()
    const run = (name: string, slowMs: string): Promise<App> =>
      runApp('metrics.js', {
        env: {
          PERFAGENT_OTLP_ENDPOINT: page.url,
          OTEL_METRIC_EXPORT_INTERVAL: '1000',
          OTEL_SERVICE_NAME: name,
          PERFAGENT_SLOW_MS: slowMs
        }
      })
    // On a busy machine any request of the other would be slow, too.
    const [web, mail] = [await run('web', '10000'), await run('mail', '400')]
    const expected = /^Of slow requests it is another: mail adds \d+ % of their time or more, with/
    for (let round = 0, until = Date.now() + SAID_WITHIN_MS; ; round++) {
      await Promise.all(Array.from({ length: 30 }, () => web.get('/slow')))
      if (round < SLOW_TIMES) await mail.get('/busy?ms=450')
      const { answers, sums } = await page.view<SystemView>('/api/system')
      const note = inWords(answers, sums)[0]!.note ?? ''
      if (expected.test(note)) break
      if (Date.now() > until) assert.fail(`it says ${JSON.stringify({ note, services: sums.services })}`)
    }
    await web.stop()
    await mail.stop()
    await page.close()
  })
})
