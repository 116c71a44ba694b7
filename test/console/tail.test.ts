// `perfagent tail` whose reader leaves: `perfagent tail | head -1`.

import assert from 'node:assert/strict'
import path from 'node:path'
import { printed, ROOT, startProgram } from '../harness/program.js'
import { anyReport, openConsole } from './console.js'

describe('perfagent tail', () => {
  it('ends, with 0, when nobody reads it any more', async function () {
    this.timeout(60_000)
    const subject = await openConsole()
    const program = startProgram(path.join(ROOT, 'dist/cli.js'), {
      preload: 'none',
      args: ['tail', '--url', subject.url]
    })
    program.child.disconnect()
    // Whether it reads already is not known from outside, and that its reader is gone it sees with the next report.
    const sending = setInterval(() => subject.send([anyReport()]), 100)
    await printed(program, /Waited 590 ms/)
    program.child.stdout!.destroy()
    const { code, stderr } = await program.outcome
    clearInterval(sending)
    await subject.close()
    assert.deepEqual([code, stderr], [0, ''])
  })
})
