// The entry `--import perfagent/esm`: as perfagent/register, and libraries are patched too that are ES modules and publish nothing, as
// they are imported. Main thread. That takes import-in-the-middle, which is installed beside; without it this is perfagent/register,
// and says so.

import { isMainThread } from 'node:worker_threads'
import { isSupported } from './node-version.js'

if (isMainThread && isSupported()) {
  const { hookImports } = require('./hook/imports.js') as typeof import('./hook/imports.js')
  const { instrumentations } = require('../instrumentations/index.js') as typeof import('../instrumentations/index.js')
  const { log } = require('./log.js') as typeof import('./log.js')
  try {
    if (!hookImports(instrumentations.flatMap(({ patches = [] }) => patches)))
      log('warn', 'perfagent/esm patches ES modules by import-in-the-middle, which is not installed: npm install it')
  } catch (error) {
    log('warn', `import-in-the-middle cannot be used, 3 or newer is wanted: ${(error as Error).message}`)
  }
}

require('./register.js')
