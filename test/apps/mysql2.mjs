// mysql-routes.js with mysql2 as an ES module imports it.

import mysql from 'mysql2'
import routes from './mysql-routes.js'

routes(mysql)
