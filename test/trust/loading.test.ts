// Whatever way a process is run in, the agent lets it run: every request is answered as without it. See also test/register.test.ts
// (twice, two copies, symbolic links, import, worker threads, an old Node).

import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Report } from '../../lib/types.js'
import { type AppOptions, runApp } from '../harness/app.js'
import { APPS, NODE, REGISTER, startProgram } from '../harness/program.js'
import { LONG_FORM, skip } from '../harness/skip.js'
import { LONG, tried } from './table.js'

const [major = 0] = process.versions.node.split('.').map(Number)
/** Flags come and go between lines. */
const accepts = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag.split('=')[0]!)

const PERMISSIONS = ['--allow-fs-read=*', '--allow-fs-write=*', ...(major >= 25 ? ['--allow-net'] : [])]
const PERMISSION_FLAG = major >= 24 ? '--permission' : '--experimental-permission'

/** Title, flags of Node, what else; `quiet` false: a line of ours (or of Node about the flag) may be said. */
const WAYS: [
  title: string,
  nodeArgs: string[],
  options?: AppOptions & { quiet?: boolean; file?: string; code?: number }
][] = [
  ['--frozen-intrinsics', ['--frozen-intrinsics'], { quiet: false }],
  ['--disallow-code-generation-from-strings', ['--disallow-code-generation-from-strings']],
  ['--disable-proto=throw', ['--disable-proto=throw']],
  ['--disable-proto=delete', ['--disable-proto=delete']],
  ['--no-addons', ['--no-addons']],
  ['--throw-deprecation', ['--throw-deprecation', '--pending-deprecation']],
  ['--unhandled-rejections=strict', ['--unhandled-rejections=strict']],
  ['--jitless', ['--jitless'], { quiet: false }],
  ['--preserve-symlinks', ['--preserve-symlinks', '--preserve-symlinks-main']],
  ['--cpu-prof', ['--cpu-prof', `--cpu-prof-dir=${path.join(os.tmpdir(), 'perfagent-cpu-prof')}`]],
  ['--heap-prof', ['--heap-prof', `--heap-prof-dir=${path.join(os.tmpdir(), 'perfagent-cpu-prof')}`]],
  ['a debugger', ['--inspect=127.0.0.1:0'], { quiet: false }],
  ['--enable-source-maps', ['--enable-source-maps']],
  ['--max-old-space-size=64', ['--max-old-space-size=64']],
  ['--stack-size=600', ['--stack-size=600']],
  ['--trace-warnings', ['--trace-warnings', '--trace-uncaught']],
  ['the permission model, nothing granted', [PERMISSION_FLAG, ...PERMISSIONS], { quiet: false }],
  ['the permission model, threads granted', [PERMISSION_FLAG, ...PERMISSIONS, '--allow-worker'], { quiet: false }],
  ['no HOME and no PATH', [], { env: { HOME: undefined, PATH: undefined, TMPDIR: '/nowhere' } }],
  ['loaded twice by two flags', ['--require', REGISTER], { quiet: false }],
  ['loaded by both --require and --import', ['--import', pathToFileURL(REGISTER).href], { quiet: false }],
  ['an ES module with top-level await', ['--input-type=module'], { file: 'tla.mjs' }]
]
const QUICK = /frozen|disallow|throw|jitless|permission|debugger|top-level/

describe('the agent in a process with', () => {
  for (const [title, nodeArgs, { quiet = true, file = 'hello.js', ...options } = {}] of WAYS)
    it(title, async function () {
      if (!LONG && !QUICK.test(title)) skip(this, LONG_FORM)
      const flags = nodeArgs.filter(flag => flag !== '--input-type=module')
      for (const flag of flags)
        if (
          flag.startsWith('--') &&
          !accepts(flag) &&
          !/^--(?:jitless|allow|cpu-prof|heap-prof|stack-size|permission|experimental-permission)/.test(flag)
        )
          skip(this, `this Node has no ${flag}`)
      const app = await runApp(file, { ...options, nodeArgs: flags })
      for (const path of ['/', '/slow']) assert.equal((await app.get(path)).status, 200)
      await app.stop({ stderr: quiet ? /^$/ : /^(?!.*Uncaught)/s })
      tried('every way of running Node answers 200', 2, 0)
    })

  const PROFILES = path.join(os.tmpdir(), 'perfagent-cpu-prof')
  const NODES_OWN: [name: string, options: AppOptions][] = [
    ['--cpu-prof', { nodeArgs: ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`] }],
    ['NODE_V8_COVERAGE', { env: { NODE_V8_COVERAGE: PROFILES } }]
  ]
  for (const [name, options] of NODES_OWN)
    it(`${name}: its profiles are not printed on stderr, for there are none, as the report says`, async () => {
      const app = await runApp('hello.js', { ...options, env: { ...options.env, PERFAGENT_SLOW_MS: '50' } })
      const report = app.report(({ request }) => request.path === '/busy')
      for (let i = 0; i < 5; i++) await app.get('/busy')
      const { missing } = (await report).evidence
      assert.ok(missing.includes(`cpu profile: ${name} would print it`), missing.join())
      await app.stop()
    })

  it('--cpu-prof for a worker thread alone: neither are those of that thread', async () => {
    const app = await runApp('threads.js', {
      env: { START: 'profiled', PROFILES, PERFAGENT_MAX_REPORTS_PER_MINUTE: '1000' }
    })
    const report = app.report(({ evidence }) => !evidence.missing.includes('cpu profile: it starts'))
    let found: Report | undefined
    while (!found) found = await Promise.race([report, app.get('/burn').then(() => undefined)])
    assert.deepEqual(found.evidence.missing, ['cpu profile: --cpu-prof would print it'])
    await app.stop()
  }).timeout(60_000)

  it('modules that the application replaces, which the agent does not ask for its own', async () => {
    const app = await runApp('own-loader.js')
    await app.get('/slow')
    assert.equal((await app.report()).request.path, '/slow')
    assert.equal((await app.get('/asked')).body, '')
    await app.stop()
  })

  it('a closed stdout and stderr', async () => {
    const script = `exec "$0" --require "$1" "$2" >&- 2>&-`
    const { spawn } = await import('node:child_process')
    const child = spawn('/bin/sh', ['-c', script, NODE, REGISTER, path.join(APPS, 'answers-itself.js')], {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...process.env, PERFAGENT_LOG_LEVEL: 'debug', PERFAGENT_SLOW_MS: '1', PERFAGENT_EXPORT: 'stdout' }
    })
    const code = await new Promise(resolve => child.once('exit', resolve))
    assert.equal(code, 0)
    tried('every way of running Node answers 200', 1, 0)
  })

  it('a user without a name, a home or a file that it may write', async function () {
    if (process.getuid?.() !== 0) skip(this, 'only root can become another user')
    const folder = await mkdtemp(path.join(os.tmpdir(), 'perfagent-nobody-'))
    await chmod(folder, 0o555)
    const { spawn } = await import('node:child_process')
    const child = spawn(NODE, ['--require', REGISTER, path.join(APPS, 'answers-itself.js')], {
      uid: 65534,
      gid: 65534,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PERFAGENT_SLOW_MS: '1', PERFAGENT_FILE: path.join(folder, 'reports.jsonl'), PERFAGENT_EXPORT: 'file' }
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text
    })
    const code = await new Promise(resolve => child.once('close', resolve))
    await rm(folder, { recursive: true })
    assert.equal(code, 0, stderr)
    assert.match(stderr, /^(?:\[perfagent\] [^\n]*cannot be written[^\n]*\n)?$/)
    tried('every way of running Node answers 200', 1, 0)
  })

  it('no file descriptor left', async () => {
    const { code, stdout, stderr } = await startProgram('no-descriptors.js', { env: { PERFAGENT_SLOW_MS: '1' } })
      .outcome
    assert.equal(code, 0, stderr)
    // Its thread may have found the one descriptor that it needs, and reports.
    assert.match(stdout, /^answered 200\n/)
    assert.match(stderr, /^(\[perfagent\] .*\n)*$/)
    tried('every way of running Node answers 200', 1, 0)
  })

  it('an address space without room for one more thread', async function () {
    if (process.platform !== 'linux') skip(this, 'only Linux bounds it')
    const script = `const http = require('node:http'), fs = require('node:fs')
      const server = http.createServer((_req, res) => setTimeout(() => res.end('hello'), 300)).listen(0, '127.0.0.1', () => {
        const url = 'http://127.0.0.1:' + server.address().port
        http.get(url, { agent: false }, res => {
          console.log(res.statusCode, process.env.SIZE ? /VmSize:\\s*(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1] : '')
          server.close()
          res.resume()
        })
      })`
    const { spawnSync } = await import('node:child_process')
    const run = (limit: string, args: string[], env = {}) =>
      spawnSync('/bin/sh', ['-c', `ulimit -v ${limit}; exec "$0" "$@"`, NODE, ...args, '-e', script], {
        encoding: 'utf8',
        // Without what the long form of these tests says in the environment: each unknown name has a line of its own.
        env: { PATH: process.env['PATH'], ...env }
      })
    const taken = Number(run('unlimited', [], { SIZE: '1' }).stdout.split(' ')[1])
    // The second would have room, if the process itself took none.
    for (const left of [300_000, 900_000]) {
      const limit = String(taken + left)
      const { status, signal, stdout, stderr } = run(limit, ['--require', REGISTER])
      const bare = run(limit, [])
      assert.deepEqual([status, signal, stdout], [bare.status, bare.signal, bare.stdout])
      assert.deepEqual([bare.status, bare.stdout], [0, '200 \n'])
      assert.match(stderr, /^\[perfagent\] [^\n]*address space[^\n]*\n$/)
    }
    tried('every way of running Node answers 200', 1, 0)
  })

  it('a startup snapshot that it was made from', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'perfagent-snapshot-'))
    const main = path.join(folder, 'main.js')
    await writeFile(
      main,
      `require('node:v8').startupSnapshot.setDeserializeMainFunction(() => {
        const http = require('node:http')
        const server = http.createServer((_req, res) => setTimeout(() => res.end('hello'), 300)).listen(0, '127.0.0.1', () => {
          http.get({ port: server.address().port, agent: false }, res => {
            console.log(res.statusCode)
            // The agent thread has been loading meanwhile.
            setTimeout(() => server.close(), 1000)
            res.resume()
          })
        })
      })`
    )
    const blob = `--snapshot-blob=${path.join(folder, 'blob')}`
    const { spawnSync } = await import('node:child_process')
    // Without a channel to its parent, which no snapshot can hold.
    const run = (args: string[]) => spawnSync(NODE, args, { encoding: 'utf8', env: { PERFAGENT_EXPORT: 'none' } })
    // As in a single executable application: there are no flags, and its own name stands for that of a script.
    const unsaid = path.join(folder, 'unsaid.js')
    await writeFile(unsaid, 'process.execArgv = []')
    const ways = [
      [[], 'main'],
      [['--require', REGISTER], 'main'],
      [['--require', unsaid, '--require', REGISTER], NODE]
    ] as const
    for (const [preload, name] of ways) {
      assert.equal(run([...preload, blob, '--build-snapshot', main]).status, 0)
      const { status, signal, stdout, stderr } = run([...preload, blob, name])
      assert.deepEqual([status, signal, stdout], [0, null, '200\n'], stderr)
      assert.match(stderr, preload.length > 0 && major > 20 ? /^\[perfagent\] [^\n]*snapshot[^\n]*\n$/ : /^$/)
    }
    await rm(folder, { recursive: true })
    tried('every way of running Node answers 200', 1, 0)
  }).timeout(120_000)

  it('no use for fetch, which is then not loaded for the agent either', async () => {
    const script = `require('node:http').createServer().listen(0, () => {
      console.log(process.moduleLoadList.filter(name => name.includes('undici')).join())
      process.exit()
    })`
    const nodeArgs = ['--require', REGISTER, '-e', script]
    const { stdout } = await startProgram(undefined, { preload: 'none', nodeArgs }).outcome
    assert.equal(stdout, '\n')
  })

  it('nor for gRPC, whose HTTP/2 and TLS its thread does not load', async () => {
    // On a main thread the program loads what it needs at once, and finds nothing to do.
    const script = `try { require(${JSON.stringify(path.join(path.dirname(REGISTER), 'agent-thread.js'))}) } catch {}
      console.log(['zlib', 'http2', 'https', 'tls'].filter(name => process.moduleLoadList.includes('NativeModule ' + name)).join())`
    const { stdout } = await startProgram(undefined, { preload: 'none', nodeArgs: ['-e', script] }).outcome
    assert.equal(stdout, 'zlib\n')
  })

  it('a package.json of nonsense, in its folder and in those of its libraries', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'perfagent-broken-'))
    await writeFile(path.join(folder, 'package.json'), '{ "name": ["no"], "version": { "a": 1 }, "exports": 17 }')
    await mkdir(path.join(folder, 'node_modules/pg/lib'), { recursive: true })
    await writeFile(path.join(folder, 'node_modules/pg/package.json'), '{ "name": {}, "version": 17 }')
    await writeFile(path.join(folder, 'node_modules/pg/lib/client.js'), 'module.exports = 17')
    const script = "console.log(require('./node_modules/pg/lib/client.js')); process.disconnect()"
    const main = path.join(folder, 'main.js')
    await writeFile(main, script)
    const outcomes = [await startProgram(main).outcome, await startProgram(main, { preload: 'none' }).outcome]
    await rm(folder, { recursive: true })
    const [withAgent, bare] = outcomes.map(({ code, stdout, stderr }) => [code, stdout, stderr])
    // Node 22 and newer refuse the file themselves.
    assert.deepEqual(withAgent, bare)
  })
})

/** Values that no option was made for, each for every variable that is read. */
const GARBAGE = [
  'soon',
  '-1',
  '1e999',
  'NaN',
  'Infinity',
  '0x',
  '{}',
  '[]',
  '__proto__',
  'constructor=x',
  '=',
  ',',
  ',,,=,=',
  '%',
  '%zz',
  '%00',
  'http://',
  'http://[::1',
  'http://user:pass@',
  'ftp://x',
  '//x',
  ' ',
  '\t',
  '\u001b[31m',
  '\u202e',
  '🙂',
  "'",
  '"',
  '`$(id)`',
  '../../etc/passwd',
  '/dev/full',
  'a'.repeat(10_000),
  'true,false',
  '1,2',
  '__proto__=1',
  'GET /=-5',
  '5 ms',
  '٣',
  'null',
  'undefined'
]
const VARIABLES = [
  'PERFAGENT_ENABLED',
  'PERFAGENT_SLOW_MS',
  'PERFAGENT_SLOW_ROUTES',
  'PERFAGENT_MAX_REPORTS_PER_MINUTE',
  'PERFAGENT_PROFILE',
  'PERFAGENT_PROFILE_INTERVAL_MS',
  'PERFAGENT_DISABLE',
  'PERFAGENT_REDACT',
  'PERFAGENT_EXPORT',
  'PERFAGENT_OTLP_ENDPOINT',
  'PERFAGENT_OTLP_HEADERS',
  'PERFAGENT_HTTP_ENDPOINT',
  'PERFAGENT_FILE_MAX_BYTES',
  'PERFAGENT_EXIT_MS',
  'PERFAGENT_LOG_LEVEL',
  'OTEL_SERVICE_NAME',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_PROPAGATORS',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'OTEL_SDK_DISABLED',
  'OTEL_LOG_LEVEL',
  'PERFAGENT_'
]

describe('garbage in the environment', () => {
  it(`(${GARBAGE.length} values for each of ${VARIABLES.length} variables) never throws, and warns once each`, async () => {
    const { readConfig } = await import('../../lib/options/config.js')
    for (const variable of VARIABLES)
      for (const value of GARBAGE) {
        const { warnings } = readConfig({ env: { [variable]: value } })
        assert.equal(new Set(warnings).size, warnings.length)
        assert.ok(warnings.filter(warning => warning.startsWith(variable)).length <= 1, warnings.join('\n'))
        for (const warning of warnings) {
          assert.ok(warning.length < 1000 && !/[\x00-\x1f]/.test(warning), warning)
          assert.ok(!warning.includes('user:pass'), warning)
        }
      }
    assert.equal(({} as { x?: unknown }).x, undefined)
    tried('garbage in the environment: 0 deaths', VARIABLES.length * GARBAGE.length, 0)
  })

  it('in all variables at once ends no process, and its children neither', async function () {
    this.timeout(LONG ? 300_000 : 60_000)
    for (const value of GARBAGE.filter((_, i) => LONG || i % 8 === 0)) {
      if (value.includes('\0')) continue
      const env = Object.fromEntries(VARIABLES.map(variable => [variable, value]))
      const script = 'require("http").createServer().listen(0, () => process.exit(0))'
      const { code, stderr } = await startProgram(undefined, { nodeArgs: ['-e', script], env }).outcome
      assert.equal(code, 0, `${JSON.stringify(value)}\n${stderr}`)
      for (const line of stderr.split('\n').filter(Boolean)) assert.match(line, /^\[perfagent\] /)
      tried('garbage in the environment: 0 deaths', 1, 0)
    }
  })
})
