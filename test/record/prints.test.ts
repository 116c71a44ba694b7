import assert from 'node:assert/strict'
import path from 'node:path'
import { APPS, runProgram } from '../harness/program.js'

describe('what an application prints of what it began', () => {
  it('has nothing of the request in it', async () => {
    const { stdout } = await runProgram(path.join(APPS, 'prints.js'), { env: { PERFAGENT_EXPORT: 'none' } })
    assert.match(stdout, /^Promise/)
    assert.doesNotMatch(stdout, /secret|facts|threshold/)
  })
})
