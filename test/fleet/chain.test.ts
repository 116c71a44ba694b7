// A chain of real processes that tell the console of themselves, and what it says of them.

import assert from 'node:assert/strict'
import net from 'node:net'
import type { SystemView } from '../../lib/console/api.js'
import { inWords } from '../../lib/fleet/words.js'
import { openConsole, type Subject } from '../console/console.js'
import { type App, runApp } from '../harness/app.js'

const EACH_WAY_MS = 250
const AT_ONCE = 4
const SAID_WITHIN_MS = 60_000
const BETWEEN = /^\d+ % of what web adds is time between it and orders: it waits/
const FULL_SHARE = 0.9

/** Passes on to a port what comes, later. */
async function farPort(port: number): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true }, near => {
    const far = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    for (const [from, to] of [
      [near, far],
      [far, near]
    ] as const) {
      from.on('data', piece => setTimeout(() => to.write(piece), EACH_WAY_MS))
      from.on('end', () => setTimeout(() => to.end(), EACH_WAY_MS))
      from.on('error', () => to.destroy())
    }
  })
  await new Promise<void>(listens => server.listen(0, '127.0.0.1', listens))
  return server
}

describe('a chain of services', function () {
  this.timeout(2 * SAID_WITHIN_MS)
  let page: Subject

  beforeEach(async () => {
    page = await openConsole()
  })
  afterEach(() => page.close())

  const run = (file: string, service: string, env: Record<string, string> = {}): Promise<App> =>
    runApp(file, {
      env: {
        PERFAGENT_OTLP_ENDPOINT: page.url,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_SERVICE_NAME: service,
        PERFAGENT_SLOW_MS: '10000',
        ...env
      }
    })

  /** Asks for the path until the console says so of who adds the latency. */
  async function saidOf(app: App, path: string, expected: RegExp): Promise<string> {
    for (const until = Date.now() + SAID_WITHIN_MS; ; ) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => app.get(path)))
      const { answers, sums } = await page.view<SystemView>('/api/system')
      const note = inWords(answers, sums)[0]!.note ?? ''
      if (expected.test(note)) return note
      if (Date.now() > until) assert.fail(`it says ${JSON.stringify({ note, services: sums.services })}`)
    }
  }

  it('of which two are far from each other: it is said that time lies between them, and what both saw', async () => {
    const orders = await run('metrics.js', 'orders')
    const far = await farPort(orders.port)
    const web = await run('calls.js', 'web', {
      PEER_URL: `http://127.0.0.1:${(far.address() as net.AddressInfo).port}`
    })
    const note = await saidOf(web, '/http-alone', BETWEEN)
    const [, share, waited, unit] = /^(\d+) %.* waits ([\d.]+) (m?s) for a call/.exec(note) ?? []
    const waitedMs = Number(waited) * (unit === 's' ? 1000 : 1)
    assert.ok(Number(share) > 20 && waitedMs >= 2 * EACH_WAY_MS, note)
    await web.stop()
    await orders.stop()
    far.close()
  })

  it('of which two are far from each other, and the loop of one was full for a while: that is said, too', async () => {
    const orders = await run('metrics.js', 'orders')
    const far = await farPort(orders.port)
    const web = await run('calls.js', 'web', {
      PEER_URL: `http://127.0.0.1:${(far.address() as net.AddressInfo).port}`
    })
    const peak = async (): Promise<number> => {
      const { sums } = await page.view<SystemView>('/api/system')
      const orders = sums.services.find(({ service }) => service === 'orders')
      return orders?.resources.find(({ resource }) => resource === 'event loop')?.peakShare ?? 0
    }
    // A busy machine may make a collection longer than the loop was full for.
    for (const until = Date.now() + SAID_WITHIN_MS; (await peak()) < FULL_SHARE; ) {
      assert.ok(Date.now() < until, 'no collection had the loop full')
      await Promise.all(Array.from({ length: AT_ONCE }, () => orders.get('/busy?ms=100')))
    }
    await saidOf(web, '/http-alone', BETWEEN)
    await web.stop()
    await orders.stop()
    far.close()
  })
})
