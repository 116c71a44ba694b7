// What cuts an asynchronous step off is no end of the process, also while the agent has itself told of each step: the loop is busy, and a
// request late.

import assert from 'node:assert/strict'
import { startProgram } from '../harness/program.js'
import { skip } from '../harness/skip.js'
import { tried } from './table.js'

const [major = 0] = process.versions.node.split('.').map(Number)
const OVERFLOWS = [
  'a recursion through scopes',
  'a recursion that is in a scope now and then',
  'a recursion through scopes of many frames',
  'a recursion whose errors are handled in a scope'
]

describe('a step that is cut off while steps are told', () => {
  for (const how of OVERFLOWS)
    it(`by a stack overflow in ${how} is a RangeError`, async () => {
      await lives(how, 'RangeError')
      tried('a stack overflow in scopes, on a busy loop', 3, 0)
    }).timeout(30_000)

  it('by a timeout of node:vm in a promise is given up', async function () {
    if (major < 24) skip(this, 'Node ends the process for any AsyncLocalStorage')
    await lives('a timeout in a promise', 'ERR_SCRIPT_EXECUTION_TIMEOUT')
    tried('a timeout of node:vm in a promise, on a busy loop', 3, 0)
  }).timeout(30_000)

  async function lives(how: string, says: string): Promise<void> {
    const env = { HOW: how, PERFAGENT_EXPORT: 'none', PERFAGENT_SLOW_MS: '200', PERFAGENT_EXIT_MS: '10000' }
    const { code, signal, stdout, stderr } = await startProgram('cut-off-steps.js', { env }).outcome
    const stdoutExpected = `${`${says}\n`.repeat(3)}answered\n`
    assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: stdoutExpected, stderr: '' })
  }
})
