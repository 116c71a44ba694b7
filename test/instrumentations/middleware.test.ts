import assert from 'node:assert/strict'
import { runApp } from '../harness/app.js'
import { VERSIONS } from './versions.js'

/** Of the request for an order, in the order in which they began, and of the one that fails. */
const TOLD = {
  express: { order: ['middleware session', 'handler show'], fails: 'handler fails' },
  koa: { order: ['middleware session', 'middleware show'], fails: 'middleware show' },
  fastify: {
    order: ['onRequest session', 'preHandler allowed'],
    fails: 'preHandler allowed'
  }
}

for (const [on, { order, fails }] of Object.entries(TOLD)) {
  for (const version of ['newest', 'oldest'] as const) {
    describe(`middleware of ${on}, ${version}`, () => {
      const options = (env: Record<string, string> = {}) => ({
        env: { ON: on, LIBRARIES: VERSIONS[version], ...env },
        nodeArgs: ['--no-deprecation']
      })

      it('is told with the time that it took, when it is asked for', async () => {
        const bare = await runApp('middleware.js', { ...options(), preload: 'none' })
        const app = await runApp('middleware.js', options({ PERFAGENT_MIDDLEWARE: 'true' }))
        const path = '/shop/orders/some-order'
        assert.equal((await app.get(path)).body, (await bare.get(path)).body)
        const { operations } = await app.report(({ request }) => request.path === path)
        const ours = operations.filter(({ name }) => order.includes(name))
        assert.deepEqual(
          ours.map(({ name }) => name),
          order
        )
        assert.ok(ours[0]!.durationMs! >= 79, `${ours[0]!.durationMs} ms`)
        const [refused, refusedBare] = [await app.get('/fails'), await bare.get('/fails')]
        assert.deepEqual([refused.status, refused.body], [refusedBare.status, refusedBare.body])
        const failed = await app.report(({ request }) => request.path === '/fails')
        assert.equal(failed.operations.find(({ name }) => name === fails)?.error, 'refused')
        if (on === 'express') {
          const handlers = failed.operations.filter(({ name }) => name.startsWith('error handler'))
          assert.deepEqual(
            handlers.map(({ name, durationMs, error }) => [name, durationMs && durationMs >= 79, error]),
            [
              ['error handler note', true, 'refused'],
              // What answers ends with the request.
              ['error handler explain', null, null]
            ]
          )
          assert.equal((await app.get('/route')).body, 'passed')
          const passed = await app.report(({ request }) => request.path === '/route')
          assert.ok(passed.operations.every(({ error }) => error === null))
        }
        await app.stop({ stderr: /refused|^$/ })
        await bare.stop({ stderr: /refused|^$/ })
      })

      it('is not touched otherwise', async () => {
        const app = await runApp('middleware.js', options())
        await app.get('/shop/orders/some-order')
        assert.deepEqual((await app.report()).operations, [])
        await app.stop()
      })
    })
  }
}
