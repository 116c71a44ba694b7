// Routes of AdonisJS: in a group with a prefix, plain, with middleware of the route that refuses, and one that a server's middleware
// keeps back before there is a route. LIBRARIES: the folder whose AdonisJS is meant.

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import lib from './lib.js'

const { LIBRARIES } = process.env
const from = createRequire(LIBRARIES ? pathToFileURL(`${LIBRARIES}/index.js`) : import.meta.url)
const load = name => import(pathToFileURL(from.resolve(name)))
const { AppFactory } = await load('@adonisjs/application/factories')
const { ServerFactory } = await load('@adonisjs/http-server/factories')

const late = () => new Promise(resolve => setTimeout(resolve, 100, 'late'))
const app = new AppFactory().create(new URL('./', import.meta.url))
await app.init()
const server = new ServerFactory().merge({ app }).create()
const middleware = handle => [
  async () => ({
    default: class {
      handle = handle
    }
  })
]
server.use(
  middleware(async ({ request, response }, next) => {
    if (!request.url().startsWith('/kept-back')) return next()
    await late()
    response.status(401).send('no')
  })
)

const router = server.getRouter()
router.group(() => router.get('/:id/lines', late)).prefix('/shop/:tenant/orders')
router.get('/plain/:id', late)
router.get('/kept-back/:id', late)
router.get('/refused/:id', late).use(async ({ response }) => {
  await late()
  response.status(401).send('no')
})
await server.boot()

lib.listen(createServer((request, response) => server.handle(request, response)))
