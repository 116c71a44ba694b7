// Frameworks that make a span of their own for what node:http serves: it is the same request. (Next.js itself, by both ways to load
// perfagent: `npm run check:places next`.)

import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'

const TRACE = 'a'.repeat(32)

describe("a framework's server span", () => {
  let app: App
  before(async () => {
    app = await runApp('server-spans.js')
  })
  for (const [path, route] of [
    ['/orders/some-order', '/orders/[id]'],
    ['/api/some-thing', '/api/[id]'],
    ['/reads-headers', '/:told'],
    ['/untold', '/untold']
  ] as const)
    it(`of ${path} is the request's own, whose route is ${route}`, async () => {
      const headers = { traceparent: `00-${TRACE}-${'b'.repeat(16)}-01` }
      await app.get(path, { headers })
      const report = await app.report(({ request }) => request.path === path)
      assert.equal(report.request.route, route)
      assert.equal(report.traceId, TRACE)
      assert.equal(report.span?.attributes['http.method'], 'GET')
      assert.ok(report.operations.every(({ span }) => span?.kind !== 2))
    })

  for (const [path, route] of [
    ['/docs/some/page', '/docs/[...rest]'],
    ['/no-page', '/no-page']
  ] as const)
    it(`that is none, but what SvelteKit has around ${path}, tells its route, ${route}`, async () => {
      await app.get(path)
      const report = await app.report(({ request, status }) => request.path === path && status !== 'running')
      assert.equal(report.request.route, route)
      assert.ok(report.operations.some(({ span }) => span?.scope.name === 'sveltekit'))
    })

  it('makes no second request of one, and none of what Next.js does outside requests', async () => {
    await app.stop()
    const told = app.backend.reports.filter(({ status }) => status !== 'running')
    const paths = told.map(({ request }) => `${request.method} ${request.path}`)
    assert.deepEqual([...paths].sort(), [...new Set(paths)].sort())
    assert.ok(
      paths.every(text => text.startsWith('GET /')),
      paths.join()
    )
  })
})
