import { tellsRoutes } from './routes.js'
import { VERSIONS } from './versions.js'

describe('hono', () => {
  const routes = {
    '/shop/acme/orders/some-order/lines': '/shop/:tenant/orders/:id/lines',
    '/plain/some-name': '/plain/:id',
    '/any/some-name': '/any/:id',
    '/refused/some-name': '/refused/:id',
    '/none/17': '/none/:id'
  }
  tellsRoutes('newest', 'hono.js', routes)
  // 1.2 of its server says so of itself from Node 24 on, with and without us.
  const said = /^(Failed to find Response internal state key\n)?$/
  tellsRoutes('oldest', 'hono.js', routes, { env: { LIBRARIES: VERSIONS.oldest } }, said)
  tellsRoutes('imported', 'hono.mjs', routes)
})
