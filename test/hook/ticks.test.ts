import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { APPS, NODE, REGISTER, runProgram } from '../harness/program.js'

describe('a tick', () => {
  for (const service of ['listen', 'connect']) {
    it(`takes as long after a pause as before, which without the agent is several times as long (${service})`, async () => {
      const { stdout, stderr } = await runProgram(path.join(APPS, 'ticks.js'), {
        nodeArgs: ['--expose-gc'],
        args: [service]
      })
      assert.equal(stderr, '')
      const { atFirst, later } = JSON.parse(stdout)
      assert.ok(later < 4 * atFirst, `${atFirst} ns at first, ${later} ns later`)
    })
  }

  it('is not seen to run by an async hook that did not see it begin, nor held with what was current', () => {
    // Nothing else that Node would have begun before: no channel to the parent, no pipe for errors.
    const args = ['--require', REGISTER, '--expose-gc', path.join(APPS, 'first-socket.js')]
    const { stdout } = spawnSync(NODE, args, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' })
    assert.deepEqual(JSON.parse(stdout), { unknown: 0, left: 0 })
  })
})
