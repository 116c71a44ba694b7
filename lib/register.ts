// The entry for `--require`, `--import` and a first-line `require`: starts the agent with the environment's options. Main
// thread. On a Node that is too old it says so in one line and the application runs untouched, so nothing else is loaded
// before that is known. Worker threads of the application inherit NODE_OPTIONS; they are left alone.

import { isMainThread } from 'node:worker_threads'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`[perfagent] needs Node 20.19 or newer and does nothing on ${process.version}\n`)
} else if (isMainThread) {
  const { start } = require('./index.js') as typeof import('./index.js')
  start()
}
