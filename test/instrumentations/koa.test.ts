import { tellsRoutes } from './routes.js'
import { VERSIONS } from './versions.js'

describe('koa', () => {
  const routes = {
    '/shop/acme/orders/some-order/lines': '/shop/:tenant/orders/:id/lines',
    '/plain/some-name': '/plain/:id',
    '/pattern/one': '^\\/pattern',
    '/none/17': '/none/:id'
  }
  tellsRoutes('newest', 'koa.js', routes)
  tellsRoutes('oldest', 'koa.js', routes, { env: { LIBRARIES: VERSIONS.oldest }, nodeArgs: ['--no-deprecation'] })
  tellsRoutes('imported', 'koa.mjs', { '/plain/some-name': '/plain/:id' })
})
