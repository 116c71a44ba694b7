// ioredis-routes.js with the ioredis of the folder LIBRARIES, or another DRIVER of its kind.

const { createRequire } = require('node:module')
const path = require('node:path')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const loaded = from(process.env.DRIVER ?? 'ioredis')
require('./ioredis-routes')(loaded.Redis ?? loaded.default ?? loaded)
