// The agent as it comes, without what it does by the second: no agent thread (with it no profile), no heartbeat.
const path = require('node:path')

const lib = name => require(path.join(__dirname, '../../dist/lib', name))
const nothing = () => {}

lib('record/runtime.js').startRuntime = () => ({ wake: nothing, pausesBetween: () => [], stop: nothing })
lib('worker/thread.js').startThread = () => ({ send: nothing, exit: nothing, flush: nothing, stop: nothing })
lib('register.js')
