import { tellsRoutes } from './routes.js'
import { VERSIONS } from './versions.js'

describe('hapi', () => {
  const routes = {
    '/plain/some-name': '/plain/{id}',
    '/files/a/b': '/files/{name*}',
    '/none/17': '/none/:id'
  }
  tellsRoutes('newest', 'hapi.js', routes)
  tellsRoutes('oldest', 'hapi.js', routes, { env: { LIBRARIES: VERSIONS.oldest } })
})
