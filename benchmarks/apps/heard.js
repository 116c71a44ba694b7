// Somebody who listens to the operations of operations.js and does nothing: what Node's channel takes for it.
const { channel } = require('node:diagnostics_channel')

for (const event of ['start', 'asyncEnd', 'error'])
  channel(`tracing:perfagent:ioredis:command:${event}`).subscribe(() => {})
