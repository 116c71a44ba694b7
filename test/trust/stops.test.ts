// What stops a thread stops it also while the agent thread has it answer a question: V8 would lose that stop, and the host would not
// end, or run a script for ever that was to be given up.

import assert from 'node:assert/strict'
import path from 'node:path'
import { ROOT, startProgram } from '../harness/program.js'
import { inputs, tried } from './table.js'

const ENDS_WITHIN_MS = 30_000

const STOPS: [how: string, what: string, says: string][] = [
  ['terminate', 'a worker thread that is terminated ends', 'exit code 1\n'],
  ['exit', 'a process that has a busy worker thread ends', ''],
  ['vm', 'a script of node:vm is given up at its timeout', 'ERR_SCRIPT_EXECUTION_TIMEOUT\n']
]

describe('while the agent thread asks it something', () => {
  for (const [how, what, says] of STOPS)
    it(what, async () => {
      const rounds = inputs(1, 10)
      for (let round = 0; round < rounds; round++) {
        const env = {
          HOW: how,
          PERFAGENT: path.join(ROOT, 'dist/index.js'),
          PERFAGENT_EXPORT: 'none',
          PERFAGENT_SLOW_MS: '50',
          PERFAGENT_EXIT_MS: '10000'
        }
        const { child, outcome } = startProgram('stops.js', { env })
        const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS)
        const { code, signal, stdout, stderr } = await outcome
        clearTimeout(timer)
        assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: says, stderr: '' })
      }
      tried('a stop while a question is answered', rounds, 0)
    }).timeout(600_000)
})
