// When the profiler runs, and when it does not, told by what the main thread is asked to do.

import assert from 'node:assert/strict'
import type { Inspected } from '../../lib/evidence/inspector.js'
import { createWaits } from '../../lib/evidence/waits.js'
import { startCpuWindows } from '../../lib/evidence/windows.js'

const NONE = Number.POSITIVE_INFINITY
const MINUTE = 60_000

async function start() {
  const asked: string[] = []
  const main: Inspected = {
    post: async () => undefined,
    look: async call => {
      asked.push(call)
      return '{"start":0,"end":0}'
    },
    on: () => {},
    disconnect: () => {}
  }
  let moment = 1000
  const windows = await startCpuWindows(main, 10, () => moment, createWaits())
  // Rotations are over when their promises are.
  const tick = async (after: number, busy: boolean, oldest: number): Promise<string[]> => {
    asked.length = 0
    moment = 1000 + after
    windows.tick(moment, busy, oldest)
    await new Promise(resolve => setImmediate(resolve))
    return [...asked]
  }
  return { asked, tick, windows }
}

describe('the rolling profile', () => {
  it('runs from the beginning', async () => {
    assert.deepEqual((await start()).asked, ["rotate('perfagent-0','')"])
  })

  it('begins a window before the last one ends, also while nobody calls', async () => {
    const { tick } = await start()
    assert.deepEqual(await tick(11_000, false, NONE), ["rotate('perfagent-1','perfagent-0')"])
  })

  it('asks for its windows in the same few words, of which the thread keeps what it has compiled', async () => {
    const { tick } = await start()
    const said = new Set<string>()
    for (let i = 1; i <= 50; i++) for (const call of await tick(i * 11_000, true, i * 11_000)) said.add(call)
    assert.deepEqual([...said], ["rotate('perfagent-1','perfagent-0')", "rotate('perfagent-0','perfagent-1')"])
  })

  it('stops after five minutes without a request, and nobody waits for it', async () => {
    const { tick, windows } = await start()
    assert.deepEqual(await tick(5 * MINUTE + 1, false, NONE), ["rotate('','perfagent-0')"])
    assert.deepEqual(await tick(6 * MINUTE, false, NONE), [])
    await windows.upTo(7 * MINUTE, () => 7 * MINUTE)
  })

  it('starts again when requests have come back and none is in flight', async () => {
    const { tick } = await start()
    await tick(6 * MINUTE, false, NONE)
    assert.deepEqual(await tick(7 * MINUTE, true, 7 * MINUTE), [])
    assert.deepEqual(await tick(7 * MINUTE + 10, true, 7 * MINUTE), [])
    assert.deepEqual(await tick(7 * MINUTE + 20, true, NONE), ["rotate('perfagent-1','')"])
    assert.deepEqual(await tick(7 * MINUTE + 30, true, NONE), [])
  })

  it('starts again among requests when there is always one in flight', async () => {
    const { tick } = await start()
    await tick(6 * MINUTE, false, NONE)
    await tick(7 * MINUTE, true, 7 * MINUTE)
    assert.deepEqual(await tick(7 * MINUTE + 10_001, true, 7 * MINUTE), ["rotate('perfagent-1','')"])
  })
})
