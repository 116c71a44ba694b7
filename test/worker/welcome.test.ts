import assert from 'node:assert/strict'
import { once } from 'node:events'
import path from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { createEnds } from '../../lib/worker/ends.js'
import type { ServedThread } from '../../lib/worker/served.js'
import { createShared } from '../../lib/worker/shared.js'
import { welcomeWorkers } from '../../lib/worker/welcome.js'
import { ROOT, runProgram } from '../harness/program.js'

const LIB = path.join(ROOT, 'dist/lib')

const SENT = ['NodeWorker.sendMessageToWorker']
const WAITED_FOR: Record<string, object> = {
  exit: { naps: 1, answer: 42, napsAfter: 0 },
  quiet: { answer: 42, behind: 'the worker has ended', sent: SENT }
}

describe('a worker thread', () => {
  const leaves = 'from the moment that it leaves, because most that leave are ending: its'
  const moments = {
    exit: `${leaves} exit`,
    port: `${leaves} port`,
    connecting: `${leaves} port, closed while the inspector connected`,
    terminate: `${leaves} terminate`,
    quiet: 'when the agent thread is to be quiet, because the process ends, but for the question under way'
  }
  for (const [by, moment] of Object.entries(moments))
    it(`is sent nothing ${moment}`, async () => {
      const { stdout, stderr } = await runProgram('leaving-worker.js', { preload: 'none', env: { LIB, BY: by } })
      assert.equal(stderr, '')
      assert.deepEqual(JSON.parse(stdout), {
        ...(by !== 'connecting' && { before: { answer: 42, sent: SENT } }),
        ...(by in WAITED_FOR && { waitedFor: WAITED_FOR[by] }),
        after: { answer: 'the worker has ended', sent: [] }
      })
    }).timeout(30_000)

  it('is served no more once all is explained that it handed over before it left', async () => {
    const { port1, port2 } = new MessageChannel()
    let explained = (): void => {}
    let left = 0
    const served = {
      tell() {},
      end() {},
      explained: () =>
        new Promise<void>(resolve => {
          explained = resolve
        }),
      leave: () => void left++
    } as Partial<ServedThread> as ServedThread
    const workers = welcomeWorkers(createEnds(), () => served)
    const { buffer } = createShared()
    workers.join({ type: 'perfagent', buffer, threadId: 7, name: '', task: '', profiledBy: undefined, port: port2 })
    port1.close()
    await once(port2, 'close')
    assert.deepEqual([[...workers.served], left], [[served], 0])
    explained()
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual([[...workers.served], left], [[], 1])
  })

  it('tells at its exit that it leaves', async () => {
    const env = { LIB, PERFAGENT: path.join(ROOT, 'dist/index.js'), PERFAGENT_EXPORT: 'none' }
    const { stdout, stderr } = await runProgram('worker-says-leaving.js', { env })
    assert.deepEqual({ stdout, stderr }, { stdout: 'false\ntrue\n', stderr: '' })
  }).timeout(30_000)
})
