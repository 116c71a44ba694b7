// mysql-routes.js with the DRIVER of the folder LIBRARIES.

const { createRequire } = require('node:module')
const path = require('node:path')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
require('./mysql-routes')(from(process.env.DRIVER))
