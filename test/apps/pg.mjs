// pg-routes.js with pg as an ES module imports it.

import pg from 'pg'
import routes from './pg-routes.js'

routes(pg)
