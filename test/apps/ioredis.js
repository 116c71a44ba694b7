// ioredis-routes.js with the ioredis of the folder LIBRARIES.

const { createRequire } = require('node:module')
const path = require('node:path')

const loaded = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))('ioredis')
require('./ioredis-routes')(loaded.Redis ?? loaded.default ?? loaded)
