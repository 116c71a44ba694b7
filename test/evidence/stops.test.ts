// What was to be stopped and what an evaluation of ours has swallowed, told by what the inspector is asked to do.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Wire } from '../../lib/evidence/inspector.js'
import { passStops, STOP } from '../../lib/evidence/stops.js'
import { abortsStoppedWaits } from '../../lib/process/node-version.js'
import { skip } from '../harness/skip.js'

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

describe('a question to a worker that sleeps in Atomics.wait', () => {
  const MINUTE = 60_000
  const task = mkdtempSync(path.join(tmpdir(), 'perfagent-task-'))
  const { setTimeout } = globalThis
  after(() => {
    globalThis.setTimeout = setTimeout
    rmSync(task, { recursive: true })
  })

  /** How often it was looked in those minutes whether it has woken; they take no time. */
  async function looks(minutes: number): Promise<number> {
    const pauses: number[] = []
    let leftMs = minutes * MINUTE
    writeFileSync(path.join(task, 'wchan'), 'futex_do_wait')
    globalThis.setTimeout = ((resolve: () => void, ms: number) => {
      pauses.push(ms)
      leftMs -= ms
      if (leftMs <= 0) writeFileSync(path.join(task, 'wchan'), '0')
      setImmediate(resolve)
    }) as typeof setTimeout
    const wire: Wire = { post: async () => 'answered', on() {}, disconnect() {} }
    const answer = await passStops(wire, { isWorker: true, task }).post('Runtime.evaluate')
    globalThis.setTimeout = setTimeout
    assert.equal(answer, 'answered')
    return pauses.length
  }

  it('waits on Node 20 until it wakes, which is looked for seldom once its profile has ended', async function () {
    if (!abortsStoppedWaits()) skip(this, 'Node 22 and newer can be asked while they sleep')
    this.timeout(60_000)
    assert.equal(await looks(1), 20 * 60)
    assert.equal((await looks(65)) - (await looks(5)), 60 * 60)
  })
})
