import assert from 'node:assert/strict'
import path from 'node:path'
import { ROOT, runProgram } from '../harness/program.js'

const LIB = path.join(ROOT, 'dist/lib')

describe('a worker thread', () => {
  const leaves = 'from the moment that it leaves, because most that leave are ending: its'
  const moments = {
    exit: `${leaves} exit`,
    port: `${leaves} port`,
    terminate: `${leaves} terminate`,
    quiet: 'when the agent thread is to be quiet, because the process ends'
  }
  for (const [by, moment] of Object.entries(moments))
    it(`is sent nothing ${moment}`, async () => {
      const { stdout, stderr } = await runProgram('leaving-worker.js', { preload: 'none', env: { LIB, BY: by } })
      assert.equal(stderr, '')
      assert.deepEqual(JSON.parse(stdout), {
        before: { answer: 42, sent: ['NodeWorker.sendMessageToWorker'] },
        ...(by === 'exit' && { waitedFor: { naps: 1, answer: 42, napsAfter: 0 } }),
        after: { answer: 'the worker has ended', sent: [] }
      })
    }).timeout(30_000)

  it('tells at its exit that it leaves', async () => {
    const env = { LIB, PERFAGENT: path.join(ROOT, 'dist/index.js'), PERFAGENT_EXPORT: 'none' }
    const { stdout, stderr } = await runProgram('worker-says-leaving.js', { env })
    assert.deepEqual({ stdout, stderr }, { stdout: 'false\ntrue\n', stderr: '' })
  }).timeout(30_000)
})
