// A process with a spool is killed at random moments, again and again, while its backend comes and goes. Every report whose push
// returned must arrive. 10 rounds, 200 in the long form.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startBackend } from '../harness/backend.js'
import { inputs, tried } from './table.js'

const ROUNDS = inputs(10, 200)
const APP = path.join(__dirname, '../../../test/apps/spool.js')

describe('a process with a spool', () => {
  it(`loses no report in ${ROUNDS} kills at random moments`, async function () {
    this.timeout(ROUNDS * 10_000)
    const folder = mkdtempSync(path.join(tmpdir(), 'perfagent-spool-'))
    const backend = await startBackend()
    const arrived = new Map<string, number>()
    let said = ''
    const start = (name: string): ChildProcess => {
      const child = spawn(process.execPath, [APP, folder, `${backend.url}/any`, name], {
        stdio: ['ignore', 'pipe', 'pipe']
      })
      child.stderr!.on('data', text => {
        said += text
      })
      return child
    }
    backend.answer = ({ headers }) => {
      const id = String(headers['perfagent-report-id'])
      arrived.set(id, (arrived.get(id) ?? 0) + 1)
      return {}
    }
    const up = backend.answer
    const printed: string[] = []
    let longest = 0

    for (let round = 0; round < ROUNDS; round++) {
      backend.answer = round % 3 === 0 ? 'reset' : up
      const child = start(`r${round}`)
      let text = ''
      child.stdout!.on('data', chunk => {
        text += chunk
      })
      await once(child.stdout!, 'data')
      await new Promise(resolve => setTimeout(resolve, Math.random() * 500))
      child.kill('SIGKILL')
      await once(child, 'close')
      // The last line may be half a line: its push may not have been told.
      printed.push(...text.split('\n').slice(0, -1).filter(Boolean))
      for (const file of readdirSync(folder)) {
        const { size, mode } = statSync(path.join(folder, file))
        assert.equal(mode & 0o777, 0o600)
        longest = Math.max(longest, size)
      }
    }

    backend.answer = up
    const [left] = await once(start('drain'), 'exit')
    await backend.close()
    const lost = printed.filter(id => !arrived.has(id))
    const twins = [...arrived.values()].filter(times => times > 1).length
    const figure = `${printed.length} reports, ${twins} of them came twice or more; longest file ${longest} bytes`
    tried('a spool loses no report to kill -9', ROUNDS, lost.length, figure)
    assert.deepEqual(lost, [])
    assert.equal(left, 0, said)
    assert.match(said, /^(http: \S+ (cannot be reached \(read ECONNRESET\); reports wait|takes reports again; ).*\n)*$/)
    assert.ok(printed.length > ROUNDS)
    assert.ok(longest <= 400_000, `${longest}`)
    assert.deepEqual(readdirSync(folder), [])
    rmSync(folder, { recursive: true })
  })
})
