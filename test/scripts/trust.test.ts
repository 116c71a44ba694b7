// `npm run check:trust` with tests that stand in for those of test/trust/.

import assert from 'node:assert/strict'
import { on, once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { type Outcome, runProgram, startProgram } from '../harness/program.js'
import { type Project, standInProject } from './project.js'

const PAGE = 'before\n<!-- check:trust -->\nas it was\n<!-- /check:trust -->\nafter\n'

describe('npm run check:trust', () => {
  let project: Project
  let script: string

  beforeEach(async () => {
    project = await standInProject(['trust/parsers.test.js', 'trust/some.test.js', 'threads.test.js'])
    script = path.join(project.folder, 'scripts/trust.mjs')
    await mkdir(path.join(project.folder, 'docs'))
    await mkdir(path.join(project.folder, 'tmp'))
    await writeFile(path.join(project.folder, 'docs/reliability.md'), PAGE)
  })
  afterEach(() => project.remove())

  const options = (tests: string, args: string[] = []) => {
    const given = project.options({ TESTS: tests, TMPDIR: path.join(project.folder, 'tmp') })
    return { ...given, args }
  }
  const trust = (tests: string, ...args: string[]): Promise<Outcome> => runProgram(script, options(tests, args))
  const page = (): Promise<string> => readFile(path.join(project.folder, 'docs/reliability.md'), 'utf8')

  const promise = (losses: number): string =>
    `it('keeps a promise', () => require('node:fs').appendFileSync(process.env.PERFAGENT_TRUST_TABLE,
       '{"promise":"kept","count":2,"losses":${losses},"figure":""}\\n'))`

  it('sums the promises of all files, and fails for one that was lost', async () => {
    const kept = await trust(promise(0))
    assert.equal(kept.code, 0, kept.stdout)
    assert.match(kept.stdout, /^kept +6 +0/m)
    const lost = await trust(promise(1))
    assert.equal(lost.code, 1)
    assert.match(lost.stdout, /^kept +6 +3/m)
  })

  it('fails for a test that failed, and shows why', async () => {
    const { code, stdout } = await trust("it('fails', () => { throw new Error('not as promised') })")
    assert.equal(code, 1)
    assert.match(stdout, /not as promised/)
  })

  it('of tests that are named only these have to be there', async () => {
    const { code, stdout } = await trust(`${promise(0)}; it('another', () => {})`, '--fgrep', 'keeps a promise')
    assert.equal(code, 0, stdout)
    assert.match(stdout, /^kept +6/m)
  })

  it('fails when no test ran, and leaves the page as it was', async () => {
    const { code, stdout } = await trust(promise(0), '--fgrep', 'nonsense', '--write')
    assert.equal(code, 1, stdout)
    assert.match(stdout, /^no test ran$/m)
    assert.equal(await page(), PAGE)
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    it(`takes the tests along when it is ended by ${signal}, and leaves nothing behind`, async () => {
      const began = net.createServer().listen(0, '127.0.0.1')
      await once(began, 'listening')
      const { port } = began.address() as net.AddressInfo
      const tests = `it('never ends', done => void require('node:net').connect(${port}, '127.0.0.1')).timeout(0)`
      const program = startProgram(script, options(tests))
      const gone: Promise<unknown>[] = []
      // Two run at a time.
      for await (const [socket] of on(began, 'connection') as AsyncIterable<[net.Socket]>) {
        gone.push(once(socket.resume(), 'close'))
        if (gone.length === 2) break
      }
      program.child.kill(signal)
      const { code, stdout } = await program.outcome
      assert.equal(code, 128 + os.constants.signals[signal], stdout)
      await Promise.all(gone)
      began.close()
      assert.deepEqual(await readdir(path.join(project.folder, 'tmp')), [])
    })
})
