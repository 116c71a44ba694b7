// Which calls of process.kill are the end of the process, and which are not.

import assert from 'node:assert/strict'
import { beforeLeaving } from '../../lib/hook/leave.js'

describe('the moment before the process ends', () => {
  const { kill } = process
  let leaves: number
  let stop: () => void
  beforeEach(() => {
    leaves = 0
    process.kill = () => true
    stop = beforeLeaving(() => leaves++)
  })
  afterEach(() => {
    stop()
    process.kill = kill
  })

  // what | call | whether it is one
  const cases: [string, () => unknown, number][] = [
    ['a signal to itself', () => process.kill(process.pid), 1],
    ['by its number', () => process.kill(process.pid, 15), 1],
    ['to its group', () => process.kill(-process.pid, 'SIGINT'), 1],
    ['a second one', () => process.kill(process.pid) && process.kill(process.pid), 1],
    ['a question whether it is there', () => process.kill(process.pid, 0), 0],
    ['a signal that ends nobody', () => process.kill(process.pid, 'SIGCHLD'), 0],
    ['a signal to another', () => process.kill(process.ppid, 'SIGTERM'), 0]
  ]
  for (const [what, call, expected] of cases) {
    it(`${what}: ${expected === 1 ? 'is' : 'is not'} one`, () => {
      assert.equal(Boolean(call()), true)
      assert.equal(leaves, expected)
    })
  }

  it('is none where the application handles the signal', () => {
    const handler = (): void => {}
    process.on('SIGHUP', handler)
    process.kill(process.pid, 'SIGHUP')
    process.off('SIGHUP', handler)
    assert.equal(leaves, 0)
  })

  it('is watched no more when that is taken back', () => {
    const before = process.listenerCount('exit')
    stop()
    process.kill(process.pid)
    assert.deepEqual([leaves, process.listenerCount('exit')], [0, before - 1])
  })
})
