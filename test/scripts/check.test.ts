import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { type Outcome, type ProgramOptions, printed, ROOT, runProgram, startProgram } from '../harness/program.js'

const PASSING = "it('a', () => {}); it('b', () => {})"

const PAGE_BUILDER =
  "import fs from 'node:fs'; export const build = async ({ outdir }) => (fs.mkdirSync(outdir, { recursive: true }), { metafile: { inputs: {} } })"

describe('npm run check', () => {
  let project: string
  let service: net.Server

  // A project of stand-ins around the real script and the real Mocha: `tsc` writes the test that the case asks for, and the entries' types.
  beforeEach(async () => {
    project = await mkdtemp(path.join(os.tmpdir(), 'check-test-'))
    const write = async (file: string, text: string): Promise<void> => {
      await mkdir(path.dirname(path.join(project, file)), { recursive: true })
      await writeFile(path.join(project, file), text)
    }
    await cp(path.join(ROOT, 'scripts'), path.join(project, 'scripts'), { recursive: true })
    await write('package-lock.json', '{}')
    await write('node_modules/.package-lock.json', '{}')
    await write('node_modules/@biomejs/biome/bin/biome', 'process.exit(Number(process.env.LINT ?? 0))')
    await write(
      'node_modules/typescript/bin/tsc',
      `const fs = require('node:fs')
       if (process.env.BUILD) { console.log(process.env.BUILD); process.exit(2) }
       for (const folder of ['dist/test', 'dist/lib']) fs.mkdirSync(folder, { recursive: true })
       for (const entry of ['index', 'register', 'esm', 'otel']) fs.writeFileSync('dist/lib/' + entry + '.d.ts', '')
       fs.writeFileSync('dist/test/some.test.js', process.env.TESTS)`
    )
    await write('node_modules/esbuild/package.json', '{"exports":"./index.mjs"}')
    await write('node_modules/esbuild/index.mjs', PAGE_BUILDER)
    await write('page/index.html', '')
    await write(
      'gallery/run.mjs',
      `const [passes, failures] = (process.env.GALLERY ?? '0 0').split(' ').map(Number)
       process.send({ passes, failures }, () => process.exit(failures > 0 ? 1 : 0))`
    )
    await write('benchmarks/run.mjs', 'process.send({ passes: 0, failures: 0 }, () => process.exit(0))')
    await write('dist/test/of-a-deleted-source.test.js', "it('is stale', () => { throw new Error('stale') })")
    await symlink(path.join(ROOT, 'node_modules/mocha'), path.join(project, 'node_modules/mocha'))
    service = net.createServer().listen(0, '127.0.0.1')
    await once(service, 'listening')
  })
  afterEach(async () => {
    service.close()
    await rm(project, { recursive: true })
  })

  function options(env: Record<string, string>): ProgramOptions {
    const { port } = service.address() as net.AddressInfo
    const services = {
      PGHOST: '127.0.0.1',
      PGPORT: String(port),
      MYSQL_URL: `mysql://127.0.0.1:${port}`,
      REDIS_URL: `redis://127.0.0.1:${port}`,
      // Else one would be installed.
      PERFAGENT_TEST_CHROMIUM: '/nowhere',
      PERFAGENT_TEST_KERNEL: 'no'
    }
    return { preload: 'none', node: process.execPath, env: { ...services, ...env } }
  }

  async function check(env: Record<string, string>): Promise<Outcome & { lastLine: string | undefined }> {
    const outcome = await runProgram(path.join(project, 'scripts/check.mjs'), options(env))
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
    const mark = JSON.stringify(path.join(project, 'mark'))
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
    const program = startProgram(path.join(project, 'scripts/check.mjs'), options({ TESTS: tests }))
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
