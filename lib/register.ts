// The entry for `--require`, `--import` and a first-line `require`: starts the agent with the environment's options. Main
// thread. On a Node that is too old it says so in one line and the application runs untouched, so nothing else is loaded
// before that is known. Worker threads of the application inherit NODE_OPTIONS; they are left alone.
//
// On some supported versions AsyncLocalStorage turns a stack overflow that the application catches into the end of the process
// (CVE-2025-59466, fixed in 20.20.0, 22.22.0, 24.13.0 and 25.3.0). That is said in one line, since any use of it does so.

import { isMainThread } from 'node:worker_threads'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`[perfagent] needs Node 20.19 or newer and does nothing on ${process.version}\n`)
} else if (isMainThread) {
  const fixed = ({ 20: 20, 22: 22, 24: 13, 25: 3 } as Record<number, number>)[major]
  if (fixed !== undefined && minor < fixed) {
    process.stderr.write(
      `[perfagent] ${process.version} ends the process at a stack overflow that is caught (CVE-2025-59466): ` +
        `update to ${major}.${fixed}.0 or newer\n`
    )
  }
  const { start } = require('./index.js') as typeof import('./index.js')
  start()
}
