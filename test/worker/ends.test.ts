import assert from 'node:assert/strict'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { createEnds, endWorker, sendNothing, whileItLives } from '../../lib/worker/ends.js'
import { ROOT, runProgram } from '../harness/program.js'

/** In place of the agent thread: sends something to the main thread's inspector, while that waits for it to begin. */
const SENDS = `
  const { Session } = require('node:inspector')
  const { workerData: { ends, begun } } = require('node:worker_threads')
  const { whileItLives } = require(${JSON.stringify(require.resolve('../../lib/worker/ends.js'))})
  const session = new Session()
  session.connectToMainThread()
  whileItLives(ends, 7, () => {
    Atomics.store(begun, 0, 1)
    Atomics.notify(begun, 0)
    session.post('Runtime.evaluate', { expression: 'globalThis.hasCome = true' })
  })
  setInterval(() => {}, 1000)
`

describe('a worker that the main thread ends by terminate()', () => {
  it('is sent nothing any more, and others are', () => {
    const ends = createEnds()
    const sent: number[] = []
    const send = (threadId: number): boolean => whileItLives(ends, threadId, () => sent.push(threadId))
    assert.ok(send(7))
    endWorker(ends, 7)
    endWorker(ends, -1)
    assert.equal(send(7), false)
    assert.ok(send(8))
    assert.deepEqual(sent, [7, 8])
  })

  it('ends when what is just being sent has come to the main thread, and by an interrupt gone on', async () => {
    const global = globalThis as { hasCome?: boolean }
    const [ends, begun] = [createEnds(), new Int32Array(new SharedArrayBuffer(4))]
    const sender = new Worker(SENDS, { eval: true, execArgv: [], workerData: { ends, begun } })
    // Its start needs the main thread; what is sent must find it busy.
    while (Atomics.wait(begun, 0, 0, 0) !== 'not-equal') await new Promise(setImmediate)
    // More than once where the machine is so busy that sending takes more than SENT_MS.
    const SENDING = 0
    do endWorker(ends, 7)
    while (Atomics.load(ends, SENDING) === 1)
    const hasCome = (): boolean => global.hasCome === true
    assert.ok(hasCome())
    delete global.hasCome
    await sender.terminate()
  })

  it('waits for what is just being sent, but not for ever', () => {
    const ends = createEnds()
    whileItLives(ends, 7, () => {
      const began = performance.now()
      endWorker(ends, 7)
      const waitedMs = performance.now() - began
      assert.ok(waitedMs > 10, `${waitedMs} ms`)
    })
  })

  it('does not wait for an agent thread that is gone', () => {
    const ends = createEnds()
    whileItLives(ends, 7, () => {
      const SENDING = 0
      assert.equal(Atomics.wait(ends, SENDING, 1, 0), 'timed-out')
      sendNothing(ends)
      assert.equal(Atomics.wait(ends, SENDING, 1, 0), 'not-equal')
    })
  })

  it('is told of before the native stop, by whichever of its ways', async () => {
    const env = { LIB: path.join(ROOT, 'dist/lib'), PERFAGENT_EXPORT: 'none' }
    const { stdout, stderr } = await runProgram('worker-is-ended.js', { env })
    assert.deepEqual({ stdout, stderr }, { stdout: 'told, then stopped\n'.repeat(2), stderr: '' })
  }).timeout(30_000)
})
