import assert from 'node:assert/strict'
import path from 'node:path'
import { type Outcome, printed, runProgram, startProgram } from '../harness/program.js'
import { type Project, standInProject } from './project.js'

const PASSING = "it('a', () => {}); it('b', () => {})"

describe('npm run check', () => {
  let project: Project

  beforeEach(async () => {
    project = await standInProject(['some.test.js'])
  })
  afterEach(() => project.remove())

  async function check(env: Record<string, string>): Promise<Outcome & { lastLine: string | undefined }> {
    const outcome = await runProgram(path.join(project.folder, 'scripts/check.mjs'), project.options(env))
    return { ...outcome, lastLine: outcome.stdout.trimEnd().split('\n').at(-1) }
  }

  it('passes when every test does, and runs no test of a deleted source', async () => {
    const { code, lastLine, stdout } = await check({ TESTS: PASSING })
    assert.deepEqual([code, lastLine], [0, '2 passed, 0 failed'], stdout)
  })

  it('counts failed and skipped tests', async () => {
    const tests = `${PASSING}; it('c', () => { throw new Error('not equal') }); it.skip('d', () => {})`
    const { code, lastLine, stdout } = await check({ TESTS: tests })
    assert.deepEqual([code, lastLine], [1, '2 passed, 1 failed, 1 skipped'])
    assert.match(stdout, /not equal/)
  })

  it('runs a test that failed once more, alone, and names it when it passes then', async () => {
    const mark = JSON.stringify(path.join(project.folder, 'mark'))
    const once = `const { existsSync, writeFileSync } = require('node:fs')
      it('once', () => { const again = existsSync(${mark}); writeFileSync(${mark}, ''); if (!again) throw new Error('first') })`
    const { code, lastLine, stdout } = await check({ TESTS: `${PASSING}; ${once}` })
    assert.deepEqual([code, lastLine], [0, '3 passed, 0 failed'], stdout)
    assert.match(stdout, /Error: first[\s\S]*failed once, and passed when it ran alone: once\n/)
  })

  const RUNS = "console.log('it runs')"
  const NOT_AGAIN: [what: string, tests: string, runs: number, lastLine: string][] = [
    ['that fails twice', `it('a', () => { ${RUNS}; throw new Error() })`, 2, '0 passed, 1 failed'],
    ['of three', `for (const a of 'abc') it(a, () => { ${RUNS}; throw new Error() })`, 3, '0 passed, 3 failed'],
    ['whose hook failed', `before(() => { ${RUNS}; throw new Error() }); it('a', () => {})`, 1, '0 passed, 1 failed']
  ]
  for (const [what, tests, runs, expected] of NOT_AGAIN)
    it(`does not let a test pass ${what}`, async () => {
      const { code, lastLine, stdout } = await check({ TESTS: tests })
      assert.deepEqual([code, lastLine, stdout.split('it runs').length - 1], [1, expected, runs], stdout)
    })

  it('counts what the gallery says, right and wrong', async () => {
    const { code, lastLine } = await check({ TESTS: PASSING, GALLERY: '13 1' })
    assert.deepEqual([code, lastLine], [1, '15 passed, 1 failed'])
  })

  it('fails when no test ran', async () => {
    const { code, lastLine } = await check({ TESTS: '', GALLERY: '14 0' })
    assert.deepEqual([code, lastLine], [1, '14 passed, 0 failed'])
  })

  it('fails when a test file cannot be loaded', async () => {
    const { code, stdout, stderr } = await check({ TESTS: 'throw new Error("at load")' })
    assert.equal(code, 1)
    assert.match(stdout + stderr, /at load/)
  })

  it('shows what a failed build said, and runs no tests of it', async () => {
    const { code, lastLine, stdout } = await check({ TESTS: PASSING, BUILD: 'lib/a.ts: no such type' })
    assert.deepEqual([code, lastLine], [1, '0 passed, 0 failed'])
    assert.match(stdout, /lib\/a\.ts: no such type/)
  })

  it('fails for its form, but says what the tests say', async () => {
    const { code, lastLine } = await check({ TESTS: PASSING, LINT: '1' })
    assert.deepEqual([code, lastLine], [1, '2 passed, 0 failed'])
  })

  it('takes the tests along when it is ended', async () => {
    const tests = "it('never ends', done => { console.log('begun'); setInterval(() => {}, 1000) }).timeout(0)"
    const program = startProgram(path.join(project.folder, 'scripts/check.mjs'), project.options({ TESTS: tests }))
    const { child, outcome } = program
    await printed(program, /begun/)
    child.kill('SIGTERM')
    // Resolves when no process is left that could write.
    assert.equal((await outcome).signal, 'SIGTERM')
  })

  it('fails when a service is missing', async () => {
    const { code, lastLine, stdout } = await check({ TESTS: PASSING, REDIS_URL: 'garbage' })
    assert.deepEqual([code, lastLine], [1, '0 passed, 0 failed'])
    assert.match(stdout, /^REDIS_URL is set, but not to a URL/m)
  })
})
