import assert from 'node:assert/strict'
import path from 'node:path'
import { ROOT, runProgram } from '../harness/program.js'

const LIB = path.join(ROOT, 'dist/lib')

describe('a worker thread', () => {
  for (const by of ['exit', 'port', 'terminate'])
    it(`is sent nothing from the moment that it leaves, because most that leave are ending: its ${by}`, async () => {
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
