// redis-routes.js with redis as an ES module imports it.

import * as redis from 'redis'
import routes from './redis-routes.js'

routes(redis)
