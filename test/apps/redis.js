// redis-routes.js with DRIVER (`redis` or its client alone) of the folder LIBRARIES.

const { createRequire } = require('node:module')
const path = require('node:path')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
require('./redis-routes')(from(process.env.DRIVER))
