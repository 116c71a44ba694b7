import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { VERSIONS } from './versions.js'

for (const version of ['newest', 'oldest'] as const) {
  describe(`express, ${version}`, () => {
    let app: App
    before(async () => {
      app = await runApp('express.js', { env: { LIBRARIES: VERSIONS[version] }, nodeArgs: ['--no-deprecation'] })
    })
    after(() => app.stop())

    for (const [path, route] of [
      ['/plain/some-name', '/plain/:id'],
      ['/second', '/first|/second'],
      ['/pattern/one', '^\\/pattern'],
      ['/none/17', '/none/:id']
    ] as const) {
      it(`${path} is ${route}`, async () => {
        await app.get(path)
        const report = await app.report(({ request }) => request.path === path)
        assert.equal(report.request.route, route)
      })
    }

    it('a request whose client went away has its route', async () => {
      await assert.rejects(app.get('/plain/abandoned', { signal: AbortSignal.timeout(80) }))
      const { request, status } = await app.report(({ request }) => request.path === '/plain/abandoned')
      assert.equal(request.route, '/plain/:id')
      assert.equal(status, 'aborted')
    })

    it('a mounted router tells the path that it was mounted under', async () => {
      await app.get('/shop/acme/orders/some-order/lines')
      const report = await app.report(({ request }) => request.path.startsWith('/shop/'))
      assert.equal(report.request.route, '/shop/acme/orders/:id/lines')
    })

    it('an id in the path of a mounted router is no part of the name', async () => {
      await app.get('/shop/17/orders/some-order/lines')
      const report = await app.report(({ request }) => request.path.startsWith('/shop/17/'))
      assert.equal(report.request.route, '/shop/:id/orders/:id/lines')
    })

    for (const [path, route] of [
      ['/shop/failing/orders/some-order/fails', '/shop/failing/orders/:id/fails'],
      ['/shop/left17/orders?page=2', '/shop/left17/orders/']
    ] as const) {
      it(`${path}, answered outside of the mounted router whose route it matched, is ${route}`, async () => {
        await app.get(path)
        const report = await app.report(({ request }) => request.path.startsWith(path.slice(0, 12)))
        assert.equal(report.request.route, route)
      })
    }
  })
}
