// Two programs with one name: that they have is said, of processes that really run; of replicas and of a cluster's workers it is not.

import assert from 'node:assert/strict'
import type { SystemView } from '../../lib/console/api.js'
import { sharedNames } from '../../lib/fleet/names-in-words.js'
import { type NameUse, oneName } from '../../lib/fleet/one-name.js'
import type { CallSums, ServiceSums } from '../../lib/fleet/sums.js'
import { openConsole, type Subject } from '../console/console.js'
import { type App, type AppOptions, runApp } from '../harness/app.js'

const ITSELF = [{ from: 'shop', to: 'shop', system: 'service' }] as CallSums[]

function saidOf(
  { mains = {}, reach = {} }: { mains?: Record<string, number>; reach?: Record<string, number> },
  calls: CallSums[] = []
) {
  const routes = Object.entries(reach).map(([route, reachShare]) => ({
    route,
    reachShare,
    instance: reachShare > 0.5 ? 'a' : 'b'
  }))
  const told: NameUse = { mains: new Map(Object.entries(mains)), routes }
  return sharedNames({ services: [{ service: 'shop', oneName: oneName('shop', told, calls) } as ServiceSums] })
}

const APART = 'Names of their own (OTEL_SERVICE_NAME) tell them apart.'

describe('a name', () => {
  it('of two programs is told by the files that they are started with', () => {
    assert.deepEqual(saidOf({ mains: { '/srv/shop/cart.js': 50, '/srv/shop/pay.js': 400 } }), [
      `2 programs are called shop, pay.js and cart.js: what is said of it is of all of them together. ${APART}`
    ])
    assert.match(
      saidOf({ mains: { 'a.js': 50, 'b.js': 40, 'c.js': 30, 'd.js': 20, 'e.js': 20 } })[0]!,
      /^5 programs are called shop, a\.js, b\.js, c\.js and 2 more: /
    )
  })

  it('is that of one program in two releases, compiled or not, and where a second file hardly serves', () => {
    assert.deepEqual(saidOf({ mains: { '/releases/1/dist/main.js': 500, 'C:\\releases\\2\\src\\main.ts': 400 } }), [])
    assert.deepEqual(saidOf({ mains: { '/srv/main.js': 500, '/srv/health.js': 5 } }), [])
  })

  it('of two services that call each other is told by what some instances serve and others never do', () => {
    const reach = { '/cart': 0.6, '/order': 0.4 }
    assert.deepEqual(saidOf({ reach }, ITSELF), [
      `Are two services called shop? Some of its instances serve /cart, others /order, none of them both, and it calls itself. Then what is said of it is of both together. ${APART}`
    ])
    assert.deepEqual(saidOf({ reach }), [])
  })

  it('of two services that do not is told when each has routes enough', () => {
    assert.match(
      saidOf({ reach: { '/cart': 0.6, '/page': 0.6, '/order': 0.4, '/stock': 0.4 } })[0]!,
      /^Are two services called shop\? Some of its instances serve \/cart, others \/order, none of them both\. Then/
    )
  })

  it('is that of one service that calls itself, and of one with an instance that has just come', () => {
    assert.deepEqual(saidOf({ reach: { '/cart': 0.8, '/page': 0.8, '/order': 0.7 } }, ITSELF), [])
    assert.deepEqual(saidOf({}, ITSELF), [])
  })
})

const SAID_WITHIN_MS = 60_000

describe('processes with one name', function () {
  this.timeout(2 * SAID_WITHIN_MS)
  let page: Subject
  let apps: App[]

  beforeEach(async () => {
    page = await openConsole()
    apps = []
  })
  afterEach(async () => {
    for (const app of apps.reverse()) await app.stop()
    await page.close()
  })

  async function run(file: string, env: Record<string, string> = {}, options: AppOptions = {}): Promise<App> {
    const app = await runApp(file, {
      ...options,
      env: {
        PERFAGENT_OTLP_ENDPOINT: page.url,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_SERVICE_NAME: 'shop',
        PERFAGENT_SLOW_MS: '10000',
        ...env
      }
    })
    apps.push(app)
    return app
  }

  type IsEnough = (services: ServiceSums[], said: string[]) => boolean

  /** Asks until what has been told is enough. The processes tell of theirs one after the other. */
  async function saidAfter(isEnough: IsEnough, ask: () => Promise<unknown>): Promise<string[]> {
    for (const until = Date.now() + SAID_WITHIN_MS; ; ) {
      await ask()
      const { sums } = await page.view<SystemView>('/api/system')
      const said = sharedNames(sums)
      if (isEnough(sums.services, said)) return said
      if (Date.now() > until) assert.fail(`not enough was told: ${JSON.stringify(sums.services)}`)
    }
  }

  const saysSomething: IsEnough = (_services, said) => said.length > 0

  /** More than it takes to say something of two programs (REQUESTS_OF_EACH). */
  const countsOfTwo: IsEnough = ([shop]) => shop !== undefined && shop.instances === 2 && shop.requests >= 400

  it('are told as several where they are started by different files', async () => {
    const orders = await run('metrics.js')
    const web = await run('calls.js', { PEER_URL: orders.url })
    const [said = ''] = await saidAfter(saysSomething, () =>
      Promise.all([web.get('/http-alone'), orders.get('/items/17')])
    )
    assert.match(said, /^2 programs are called shop, (metrics\.js and calls\.js|calls\.js and metrics\.js): /)
  })

  it('are asked whether they are two where one file serves other routes here than there, and calls come from the name itself', async () => {
    const [web, orders] = [await run('metrics.js'), await run('metrics.js')]
    const headers = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
      tracestate: 'perfagent=shop'
    }
    const [said = ''] = await saidAfter(saysSomething, () =>
      Promise.all([web.get('/quick'), orders.get('/items/17', { headers })])
    )
    assert.match(
      said,
      /^Are two services called shop\? Some of its instances serve \/\S+, others \/\S+, none of them both, and it/
    )
  })

  it('are told as one where each client keeps a connection to one of them', async () => {
    const [one, two] = [await run('metrics.js'), await run('metrics.js')]
    const said = await saidAfter(countsOfTwo, () => Promise.all([one.get('/quick'), two.get('/items/17')]))
    assert.deepEqual(said, [])
  })

  it('are told as one where they are replicas', async () => {
    const [one, two] = [await run('metrics.js'), await run('metrics.js')]
    const said = await saidAfter(countsOfTwo, () =>
      Promise.all([one.get('/quick'), two.get('/items/17'), two.get('/quick'), one.get('/items/17')])
    )
    assert.deepEqual(said, [])
  })
})
