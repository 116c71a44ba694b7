import assert from 'node:assert/strict'
import path from 'node:path'
import { ROOT, runProgram } from '../harness/program.js'

const LIB = path.join(ROOT, 'dist/lib')

describe('a worker thread', () => {
  it('is sent nothing from the moment that it leaves, because most that leave are ending', async () => {
    const { stdout, stderr } = await runProgram('leaving-worker.js', { preload: 'none', env: { LIB } })
    assert.equal(stderr, '')
    assert.deepEqual(JSON.parse(stdout), {
      before: { answer: 42, sent: ['NodeWorker.sendMessageToWorker'] },
      after: { answer: 'the worker has ended', sent: [] }
    })
  }).timeout(30_000)
})
