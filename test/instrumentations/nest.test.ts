// NestJS 12, an ES module, has no instrumentation: its routes are those of the framework below.

import assert from 'node:assert/strict'
import { runApp } from '../harness/app.js'

const ROUTES = {
  '/api/shop/acme/orders/some-order/lines': '/api/shop/:tenant/orders/:id/lines',
  '/api/plain/some-name': '/api/plain/:id'
}

for (const on of ['express', 'fastify']) {
  it(`NestJS on ${on} has its routes, and each request once`, async () => {
    const app = await runApp('nest.mjs', { env: { ON: on } })
    for (const [path, route] of Object.entries(ROUTES)) {
      assert.equal((await app.get(path)).body, 'late')
      assert.equal((await app.report(({ request }) => request.path === path)).request.route, route)
    }
    await app.stop()
    // By their ids: a report may be delivered twice.
    const ended = new Map(
      app.backend.reports.filter(({ status }) => status !== 'running').map(({ id, request }) => [id, request])
    )
    assert.equal(ended.size, Object.keys(ROUTES).length, JSON.stringify([...ended]))
  })
}
