// The strongest thing to be said of an agent: a program that prints all it can see prints the same with it and without it.

import assert from 'node:assert/strict'
import { startProgram } from '../harness/program.js'

/** What a busy machine makes of half a second is too short for the last reports, and the process says that they were lost. */
const PERFAGENT_EXIT_MS = '10000'

export async function sameAsBare(file: string, env: Record<string, string | undefined> = {}): Promise<void> {
  const run = (preload: 'none' | 'require') =>
    startProgram(file, { preload, env: { ...env, PERFAGENT_EXPORT: 'none', PERFAGENT_EXIT_MS } }).outcome
  // One after the other: they may share a database.
  const bare = await run('none')
  const withAgent = await run('require')
  assert.equal(bare.code, 0, bare.stderr)
  assert.ok(bare.stdout.length > 100, 'it prints what it saw')
  assert.equal(withAgent.stdout, bare.stdout)
  assert.equal(withAgent.stderr, bare.stderr)
  assert.equal(withAgent.code, bare.code)
}
