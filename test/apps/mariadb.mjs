// mariadb-routes.js with mariadb as an ES module imports it.

import mariadb from 'mariadb'
import callbacks from 'mariadb/callback'
import routes from './mariadb-routes.js'

routes(mariadb, callbacks)
