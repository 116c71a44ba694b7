import assert from 'node:assert/strict'
import { once } from 'node:events'
import { BroadcastChannel, Worker } from 'node:worker_threads'
import { leaveQuestions } from '../../lib/worker/farewell.js'
import { joinThread } from '../../lib/worker/join.js'
import { createShared } from '../../lib/worker/shared.js'

/** In place of the agent thread: asks who joins it one question, and is gone. */
const ASKS_AND_DIES = `
  const { beginQuestion } = require(${JSON.stringify(require.resolve('../../lib/worker/farewell.js'))})
  const { openShared } = require(${JSON.stringify(require.resolve('../../lib/worker/shared.js'))})
  process.on('workerMessage', ({ buffer }) => {
    beginQuestion(openShared(buffer))
    process.exit()
  })
  require('node:worker_threads').parentPort.postMessage('up')
  setInterval(() => {}, 1000)
`

describe('a worker thread whose agent thread is gone', () => {
  it('waits at its exit for no answer to what that had asked', async () => {
    const shared = createShared()
    let askAgain: () => void
    const askedAgain = new Promise<void>(resolve => {
      askAgain = resolve
    })
    const greetings = (again: boolean) => {
      if (again) askAgain()
      return []
    }
    joinThread(shared, { onMessage() {}, greetings })
    const agent = new Worker(ASKS_AND_DIES, { eval: true, execArgv: [] })
    await once(agent, 'message')
    const broadcast = new BroadcastChannel('perfagent')
    broadcast.postMessage({ type: 'here', threadId: agent.threadId })
    await askedAgain
    broadcast.close()
    let looks = 0
    leaveQuestions(shared, 10, () => looks++)
    assert.equal(looks, 1)
  })
})
