// ioredis-routes.js with ioredis as an ES module imports it.

import { Redis } from 'ioredis'
import routes from './ioredis-routes.js'

routes(Redis)
