import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { VERSIONS } from './versions.js'

const CART = 'query Cart { slow }'
const TWO = `${CART} mutation Pay { pay }`
const at = (path: string, source: string, operationName?: string): string =>
  `${path}?${new URLSearchParams({ source, ...(operationName && { operationName }) })}`

describe('graphql', () => {
  for (const [title, file, version] of [
    ['newest, by its channels', 'graphql.js', 'newest'],
    ['newest without channels', 'graphql.js', 'newest without channels'],
    ['oldest', 'graphql.js', 'oldest'],
    ['imported', 'graphql.mjs', 'newest']
  ] as const) {
    describe(title, () => {
      let app: App
      before(async () => {
        app = await runApp(file, { env: { LIBRARIES: VERSIONS[version] } })
      })
      after(() => app.stop())

      const ROUTES: [path: string, route: string][] = [
        [at('/graphql', CART), '/graphql query Cart'],
        [at('/graphql', 'mutation { pay }'), '/graphql mutation'],
        [at('/graphql', TWO, 'Pay'), '/graphql mutation Pay'],
        [at('/execute', '{ slow }'), '/execute query'],
        [at('/execute', TWO, 'Cart'), '/execute query Cart'],
        [at('/subscribe', 'subscription Ticks { ticks }'), '/subscribe subscription Ticks'],
        ['/batch', '/batch query First']
      ]
      it(ROUTES.map(([, route]) => route).join(', '), async () => {
        for (const [path, route] of ROUTES) {
          await app.get(path)
          const report = await app.report(
            ({ request }) => request.route.startsWith(path.split('?')[0]!) && request.route === route
          )
          const [, type, name] = route.split(' ')
          const told = { 'graphql.operation.type': type, ...(name && { 'graphql.operation.name': name }) }
          assert.deepEqual({ ...report.annotations }, told)
        }
      })

      it('names that a client makes up are so many, and not of any form', async () => {
        await app.get('/many')
        assert.equal((await app.report(({ request }) => request.path === '/many')).request.route, '/many query Q0')
        await app.get(at('/execute', 'query Beyond { slow }'))
        await app.get(at('/execute', `query ${'x'.repeat(100)} { slow }`))
        await app.get(at('/execute', CART))
        await app.reportOf('/execute query Cart')
        const told = app.backend.reports.map(({ request }) => request.route)
        assert.ok(told.includes('/execute query'), told.join())
        assert.ok(!told.some(route => /Beyond|xxx/.test(route)), told.join())
      })
    })
  }

  it('has thresholds, spans and metrics by operation', async () => {
    const backend = await startBackend()
    const env = {
      PERFAGENT_SLOW_MS: '60000',
      PERFAGENT_SLOW_ROUTES: 'GET /graphql query Cart=50',
      PERFAGENT_OTLP_ENDPOINT: backend.url,
      PERFAGENT_METRIC_INTERVAL_MS: '200'
    }
    const app = await runApp('graphql.js', { backend, env })
    await app.get(at('/graphql', 'query Other { slow }'))
    await app.get(at('/graphql', CART))
    const { thresholdMs } = await app.reportOf('/graphql query Cart')
    assert.equal(thresholdMs, 50)
    const span = await backend.span(({ name }) => name === 'GET /graphql query Cart')
    assert.deepEqual(
      [span.attributes['graphql.operation.name'], span.attributes['graphql.operation.type']],
      ['Cart', 'query']
    )
    const routes = new Set<unknown>()
    await backend.collection(points => {
      for (const { name, attributes } of points)
        if (/server.request.duration/.test(name)) routes.add(attributes['http.route'])
      return routes.size >= 2
    })
    assert.deepEqual([...routes].sort(), ['/graphql query Cart', '/graphql query Other'])
    // One that is slow may be told while it runs, too.
    assert.deepEqual([...new Set(backend.reports.map(({ request }) => request.route))], ['/graphql query Cart'])
    await app.stop()
    await backend.close()
  })
})
