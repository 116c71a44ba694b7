// With the agent a program sees what it sees without it. Of single libraries see test/instrumentations/ (each has a program that
// prints all it can see), of the ends of a process test/register.test.ts, of whole suites suites.test.ts.

import assert from 'node:assert/strict'
import { startProgram } from '../harness/program.js'
import { sameAsBare } from '../instrumentations/same-as-bare.js'
import { tried } from './table.js'

describe('a program with the agent', () => {
  it('sees the same errors, overflows, order of callbacks, listeners, warnings and handles, and ends by itself', async () => {
    // Warnings come as events; on stderr they have the pid in them.
    await sameAsBare('same.js', { NODE_NO_WARNINGS: '1' })
    tried('errors, order, listeners, warnings, handles and the natural end are as bare', 17, 0)
  })

  it('that pushes over HTTP/2 sends the same frames, and both sides see the same headers, bodies, ends and errors', async () => {
    await sameAsBare('http2-push.js')
    tried('servers that push over HTTP/2 do as bare, to each frame', 12, 0)
  })

  it('finds every exported function as it was: name, length, keys, prototype; and the process and its globals', async () => {
    const run = (preload: 'none' | 'require', args: string[] = []) =>
      startProgram('wrapped.js', { preload, args, env: { PERFAGENT_EXPORT: 'none' } }).outcome
    const bare = await run('none', ['sources'])
    const agent = await run('require', ['sources'])
    assert.equal(bare.code, 0, bare.stderr)
    const [bareLines, agentLines] = [bare, agent].map(({ stdout }) => stdout.split('\n')) as [string[], string[]]
    assert.deepEqual(
      agentLines.filter(line => !bareLines.includes(line)),
      []
    )
    assert.equal(agentLines.length, bareLines.length)
    const sources = new Set(bare.stderr.split('\n'))
    const wrapped = agent.stderr.split('\n').filter(source => !sources.has(source)).length
    assert.ok(wrapped >= 8, `${wrapped} is too few to say anything`)
    tried('every exported function looks as bare', bareLines.length, 0, `${wrapped} of them wrapped`)
  })
})
