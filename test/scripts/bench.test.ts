// Benchmarks that `npm run check` does not ask: those that take parts of the agent by name break when a part changes.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { NODE, ROOT } from '../harness/program.js'

it('each part of the agent can be timed alone', () => {
  const answer = execFileSync(NODE, [path.join(ROOT, 'benchmarks/apps/parts.js'), '4'], {
    encoding: 'utf8'
  })
  const times = Object.entries(JSON.parse(answer) as Record<string, number[]>)
  assert.ok(times.length > 10)
  assert.deepEqual(
    times.filter(([, quarters]) => !quarters.every(ns => ns > 0)),
    []
  )
})
