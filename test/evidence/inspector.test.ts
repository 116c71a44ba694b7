// The agent thread's session with the main thread, here from a worker of the test's own.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const HEARS = `
  const { hangUp, wireToMainThread } = require(${JSON.stringify(require.resolve('../../lib/evidence/inspector.js'))})
  const wire = wireToMainThread()
  // What waits for the inspector alone does not keep a thread alive.
  const alive = setInterval(() => {}, 1000)
  const heard = []
  const warned = []
  process.on('warning', ({ name }) => warned.push(name))
  for (let i = 1; i <= 12; i++) wire.on('Runtime.executionContextCreated', () => heard.push(i))
  wire.post('Runtime.enable').then(() => {
    hangUp()
    clearInterval(alive)
    setImmediate(() => require('node:worker_threads').parentPort.postMessage({ last: heard.at(-1), each: new Set(heard).size, warned }))
  })
`

it('an event of the inspector is heard by the last who asked, for the profile may begin anew many times', async () => {
  const worker = new Worker(HEARS, { eval: true, execArgv: [] })
  const [told] = await once(worker, 'message')
  assert.deepEqual(told, { last: 12, each: 1, warned: [] })
})
