import { tellsRoutes } from './routes.js'
import { VERSIONS } from './versions.js'

describe('fastify', () => {
  const routes = {
    '/shop/acme/orders/some-order/lines': '/shop/:tenant/orders/:id/lines',
    '/plain/some-name': '/plain/:id',
    '/refused/some-name': '/refused/:id'
  }
  tellsRoutes('newest', 'fastify.js', routes)
  tellsRoutes('oldest', 'fastify.js', routes, { env: { LIBRARIES: VERSIONS.oldest } })
  tellsRoutes('imported', 'fastify.mjs', { '/plain/some-name': '/plain/:id' })
})
