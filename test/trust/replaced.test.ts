// An application may replace any function of the language while it runs. Whatever takes its place when the agent calls it, throws or
// does nothing, what the application gets stays as it is without that, and its process lives.

import assert from 'node:assert/strict'
import { runProgram } from '../harness/program.js'
import { LONG, tried } from './table.js'

interface Result {
  failed?: string
  /** By the name of the function that was replaced. */
  found: Record<string, { calls: number; troubles: string[] }>
}

/** Those that code outside of any guard called before: what follows from each was another failure, or the end of the process. */
const ONCE_TROUBLE = [
  'Array.prototype[Symbol.iterator]',
  'Array.prototype.at',
  'Array.prototype.includes',
  'Array.prototype.indexOf',
  'Array.prototype.pop',
  'Array.prototype.push',
  'Atomics.store',
  'Function.prototype.apply',
  'Function.prototype.call',
  'Map.prototype.set',
  'Object.getOwnPropertyNames',
  'Performance.prototype.now',
  'Promise.prototype.then',
  'WeakSet.prototype.has'
]

async function replaceEach(how: 'throws' | 'returns', names: string[] = []): Promise<Result['found']> {
  const { stdout, stderr } = await runProgram('replaced.js', {
    // It brings its own.
    preload: 'none',
    args: names,
    env: {
      REPLACED: how,
      PERFAGENT_EXPORT: 'none',
      PERFAGENT_SLOW_MS: '20',
      PERFAGENT_MAX_REPORTS_PER_MINUTE: '10000',
      PERFAGENT_LOG_TRACE_IDS: 'all'
    }
  })
  assert.notEqual(stdout, '', `it ended: ${stderr}`)
  const { failed, found } = JSON.parse(stdout) as Result
  assert.equal(failed, undefined)
  return found
}

describe('a function of the language that the application has replaced', function () {
  this.timeout(LONG ? 600_000 : 120_000)
  for (const how of ['throws', 'returns'] as const)
    it(`changes no answer, and ends nothing, when it ${how === 'throws' ? 'throws' : 'does nothing'} for the agent`, async () => {
      const found = await replaceEach(how, LONG ? [] : ONCE_TROUBLE)
      const troubled = Object.entries(found).filter(([, { troubles }]) => troubles.length > 0)
      assert.deepEqual(troubled, [])
      const calls = Object.values(found).reduce((sum, each) => sum + each.calls, 0)
      if (LONG) assert.ok(calls > 100, `${calls} calls are too few to say anything`)
      tried('a replaced function of the language changes no answer', Object.keys(found).length, 0, `${calls} calls met`)
    })
})
