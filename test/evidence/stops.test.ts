// What was to be stopped and what an evaluation of ours has swallowed, told by what the inspector is asked to do.

import assert from 'node:assert/strict'
import type { Wire } from '../../lib/evidence/inspector.js'
import { passStops, STOP } from '../../lib/evidence/stops.js'

/** Asked for what swallows a stop, while the thread is in that stack. */
async function swallowed(isWorker: boolean, stack: string): Promise<string[]> {
  const asked: string[] = []
  const wire: Wire = {
    async post(method, params) {
      asked.push(method)
      const { expression } = (params ?? {}) as { expression?: string }
      if (expression === 'ours') throw new Error('Execution was terminated')
      return { result: { value: stack } }
    },
    on() {},
    disconnect() {}
  }
  const { post } = passStops(wire, { isWorker, task: '' })
  await assert.rejects(post('Runtime.evaluate', { expression: 'ours' }), /Execution was terminated/)
  await new Promise(resolve => setImmediate(resolve))
  return asked
}

describe('a stop that an evaluation has swallowed', () => {
  const IN_VM = 'at Script.runInThisContext (node:vm:137:12)'
  const ELSEWHERE = 'at handler (/srv/shop/server.js:10:3)'

  it('is asked for again in a worker, whatever that runs', async () =>
    assert.deepEqual(await swallowed(true, ELSEWHERE), ['Runtime.evaluate', STOP]))

  it('is asked for again on the main thread as long as somebody waits there for a script with a timeout', async () =>
    assert.deepEqual(await swallowed(false, IN_VM), ['Runtime.evaluate', 'Runtime.evaluate', STOP]))

  it('cuts off nothing else on the main thread, where that script is over', async () =>
    assert.deepEqual(await swallowed(false, ELSEWHERE), ['Runtime.evaluate', 'Runtime.evaluate']))
})
