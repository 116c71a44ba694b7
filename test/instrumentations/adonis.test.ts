import { tellsRoutes } from './routes.js'
import { VERSIONS } from './versions.js'

describe('adonis', () => {
  const routes = {
    '/shop/acme/orders/some-order/lines': '/shop/:tenant/orders/:id/lines',
    '/plain/some-name': '/plain/:id',
    '/refused/some-name': '/refused/:id',
    '/kept-back/some-name': '/kept-back/some-name'
  }
  tellsRoutes('newest', 'adonis.mjs', routes)
  tellsRoutes('oldest', 'adonis.mjs', routes, { env: { LIBRARIES: VERSIONS.oldest } })
})
