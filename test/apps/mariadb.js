// mariadb-routes.js with the mariadb of the folder LIBRARIES.

const { createRequire } = require('node:module')
const path = require('node:path')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
require('./mariadb-routes')(from('mariadb'), from('mariadb/callback'))
