// The entry `--import perfagent/esm`: does what perfagent/register does, and patches libraries that are ES modules and publish nothing, as
// they are imported. Main thread.

import { isMainThread } from 'node:worker_threads'
import { isSupported } from './process/node-version.js'

if (isMainThread && isSupported()) (require('./main.js') as typeof import('./main.js')).patchEsModules()

require('./register.js')
