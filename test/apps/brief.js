// Ends as soon as its one slow request has: before the agent thread can be up.

const perfagent = require('../../dist/index.js')

perfagent.request('brief', () => {
  const untilMs = performance.now() + 60
  while (performance.now() < untilMs);
})
setImmediate(() => setImmediate(() => process.exit()))
