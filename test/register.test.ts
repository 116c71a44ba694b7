// How the agent gets into a process, and how the process ends: as it would without it.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { type App, type AppOptions, runApp } from './harness/app.js'
import { startBackend } from './harness/backend.js'
import { ENDS } from './harness/ends.js'
import { APPS, NODE, type Outcome, REGISTER, ROOT, runProgram, startProgram } from './harness/program.js'

const NODE_OPTIONS = `--require ${JSON.stringify(REGISTER)}`

describe('register', () => {
  const ways: [string, string, AppOptions][] = [
    ['--require', 'hello.js', { preload: 'require' }],
    ['--import', 'hello.js', { preload: 'import' }],
    ['NODE_OPTIONS', 'hello.js', { preload: 'none', env: { NODE_OPTIONS } }],
    ['the first require of a program', 'registers.js', { preload: 'none' }],
    ['the first import of a program', 'registers.mjs', { preload: 'none' }]
  ]
  for (const [way, file, options] of ways)
    it(`starts the agent by ${way}`, async () => {
      const app = await runApp(file, options)
      await app.get('/slow')
      assert.equal((await app.report()).request.route, '/slow')
      await app.stop()
    })

  it('starts no thread and says nothing in a program that serves nothing', async () => {
    const nodeArgs = ['-p', 'process.report.getReport().workers.length']
    const { code, stdout, stderr } = await runProgram(undefined, { preload: 'none', nodeArgs, env: { NODE_OPTIONS } })
    assert.deepEqual([code, stdout, stderr], [0, '0\n', ''])
  })

  it('has Node load none of what a server uses in a program that serves nothing', () => {
    const script = 'process.moduleLoadList.join()'
    // A channel to this process would load some of it.
    const loadedBy = (args: string[]): string[] =>
      execFileSync(NODE, [...args, '-p', script], { env: {}, encoding: 'utf8' })
        .trim()
        .split(',')
    const bare = loadedBy([])
    const more = loadedBy(['--require', REGISTER]).filter(name => !bare.includes(name))
    const servers = ['net', 'tty', 'v8', 'http', 'tls', 'dns', 'crypto', 'zlib', 'child_process', 'inspector']
    assert.deepEqual(
      servers.filter(name => more.includes(`NativeModule ${name}`)),
      []
    )
    assert.ok(more.includes('NativeModule worker_threads'))
  })

  it('loads what answers for the API of OpenTelemetry when it is asked, and that says no more than is wanted', () => {
    const script = `
      const session = new (require('node:inspector').Session)()
      session.connect()
      const files = []
      session.on('Debugger.scriptParsed', ({ params }) => files.push(path.basename(params.url)))
      const times = name => files.filter(file => file === name).length
      session.post('Debugger.enable')
      const registry = globalThis[Symbol.for('opentelemetry.js.api.1')]
      const before = times('provider.js')
      registry.metrics.getMeter('shop').createCounter('no name')
      console.log(before, times('provider.js'), times('agent.js'), times('main.js'))`
    const run = (level: string): [stdout: string, stderr: string] => {
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', PERFAGENT_LOG_LEVEL: level }
      const { stdout, stderr } = spawnSync(NODE, ['--require', REGISTER, '-e', script], { env, encoding: 'utf8' })
      return [stdout, stderr]
    }
    assert.deepEqual(run('none'), ['0 1 1 1\n', ''])
    const [stdout, stderr] = run('warn')
    assert.equal(stdout, '0 1 1 1\n')
    assert.match(stderr, /^\[perfagent\] "no name" is no name of an instrument, which counts nothing: .*\n$/)
  })

  it('is in the worker threads of the application, and not in that of loader hooks', async () => {
    const worker = `
      const { Worker } = require('node:worker_threads')
      const agent = "globalThis[Symbol.for('perfagent')]"
      new Worker('console.log(typeof ' + agent + ')', { eval: true }).on('exit', code => console.log(code))`
    const hooks = `
      const hooks = 'export const initialize = () => console.log(typeof globalThis[Symbol.for("perfagent")])'
      require('node:module').register('data:text/javascript,' + encodeURIComponent(hooks))`
    const run = (script: string): ReturnType<typeof runProgram> =>
      runProgram(undefined, { preload: 'none', nodeArgs: ['--no-deprecation', '-e', script], env: { NODE_OPTIONS } })
    const inWorker = await run(worker)
    assert.deepEqual([inWorker.code, inWorker.stdout, inWorker.stderr], [0, 'object\n0\n', ''])
    const inHooks = await run(hooks)
    assert.deepEqual([inHooks.code, inHooks.stdout, inHooks.stderr], [0, 'undefined\n', ''])
  })

  it('is not started again by code, which is told what of its options is without effect, and what to set', async () => {
    const run = async (code: string): Promise<string> => {
      const nodeArgs = ['--require', REGISTER, '-e', `require('perfagent').start(${code})`]
      return (await runProgram(undefined, { preload: 'none', nodeArgs })).stderr
    }
    const again = /^\[perfagent\] version (\S+) runs already, so version \1 was not started a second time(.*)\n$/
    assert.equal(again.exec(await run(''))?.[2], '')
    assert.equal(again.exec(await run('null'))?.[2], '')
    assert.equal(
      again.exec(await run('{ serviceName: "shop", slowMs: 100 }'))?.[2],
      '; serviceName, slowMs given to start are without effect: set PERFAGENT_SERVICE_NAME, PERFAGENT_SLOW_MS'
    )
  })

  it('does nothing in what starts the service with the same NODE_OPTIONS, where its warnings would stand twice', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'perfagent-starts-'))
    const text = 'console.log(typeof globalThis[Symbol.for("perfagent")])'
    const run = async (file: string): Promise<string[]> => {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
      await writeFile(path.join(folder, file), text)
      const env = { NODE_OPTIONS, PERFAGENT_SERVICE: 'shop' }
      const { stdout, stderr } = await runProgram(path.join(folder, file), { preload: 'none', env })
      return [stdout, stderr]
    }
    for (const file of ['bin/npm-cli.js', 'releases/yarn-4.18.0.cjs', '.bin/perfagent'])
      assert.deepEqual(await run(file), ['undefined\n', ''], file)
    for (const file of ['bin/yarn-shop.js', 'npm.js'])
      assert.match((await run(file)).join(''), /^object\n\[perfagent\] PERFAGENT_SERVICE is no option/, file)
    await rm(folder, { recursive: true })
  })

  it('says that it starts nothing where it is given to --loader', async () => {
    const nodeArgs = ['--no-warnings', '--loader', 'perfagent/register', '-e', '0']
    const { code, stderr } = await runProgram(undefined, { preload: 'none', nodeArgs })
    assert.deepEqual(
      [code, stderr],
      [0, '[perfagent] --loader starts nothing: write --import perfagent/register in its place\n']
    )
  })

  it('says one line and does nothing on a Node that is too old', async () => {
    const nodeArgs = ['--require', path.join(APPS, 'old-node.js'), '--require', REGISTER]
    const app = await runApp('hello.js', { preload: 'none', nodeArgs })
    assert.equal((await app.get('/')).body, 'hello')
    await app.stop({ stderr: /^\[perfagent\] needs Node 20\.19 or newer and does nothing on v18\.20\.8\n$/ })
    assert.deepEqual(app.backend.received, [])
  })

  describe('of two copies', () => {
    let folder: string
    before(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'perfagent-copy-'))
      await cp(path.join(ROOT, 'package.json'), path.join(folder, 'copy/package.json'))
      for (const file of await readdir(path.join(ROOT, 'dist')))
        if (file.endsWith('.js')) await cp(path.join(ROOT, 'dist', file), path.join(folder, 'copy/dist', file))
      await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'copy/node_modules'))
      await symlink(ROOT, path.join(folder, 'link'))
    })
    after(() => rm(folder, { recursive: true }))

    const once = async (app: App): Promise<number> => {
      await app.get('/slow')
      await app.report()
      return app.backend.reports.filter(({ status }) => status === 'finished').length
    }

    it('starts the first and warns once', async () => {
      const nodeArgs = ['--require', path.join(folder, 'copy/dist/register.js')]
      const app = await runApp('hello.js', { nodeArgs })
      assert.equal(await once(app), 1)
      const { stderr } = await app.stop({ stderr: /./ })
      assert.match(stderr, /^\[perfagent\] version \S+ runs already, so version \S+ was not started a second time\n$/)
    })

    it('knows the same one by another path', async () => {
      const nodeArgs = ['--require', path.join(folder, 'link/dist/register.js')]
      const app = await runApp('hello.js', { nodeArgs: [...nodeArgs, '--import', pathToFileURL(REGISTER).href] })
      assert.equal(await once(app), 1)
      await app.stop()
    })
  })
})

describe('a process with the agent ends as without it', () => {
  const EXIT_MS = 300
  /** What a loaded machine may add; an exporter that holds an exit does so for the seconds of its own deadline. */
  const SLACK_MS = 1000

  /** The agent has sent something before, so its thread is up, as in any service that did not just begin. */
  async function end(how: string, options: AppOptions): Promise<Outcome & { endMs: number }> {
    const app = await runApp('exits.js', { args: [how], ...options })
    await app.get('/slow')
    if (options.preload !== 'none') await app.backend.request()
    await app.get('/last')
    const answered = performance.now()
    const outcome = await app.outcome
    return { ...outcome, endMs: performance.now() - answered }
  }

  const shown = ({ code, signal, stderr }: Outcome) => ({ code, signal, stderr: withoutTrampoline(stderr) })

  for (const how of ENDS)
    describe(how, () => {
      let bare: Outcome & { endMs: number }
      before(async () => {
        bare = await end(how, { preload: 'none' })
      })

      it('beside a live backend, which has the last report', async () => {
        const backend = await startBackend()
        const outcome = await end(how, { backend })
        assert.deepEqual(shown(outcome), shown(bare))
        await backend.report(({ status, request }) => status === 'finished' && request.path === '/last', 1000)
        await backend.close()
      })

      it('beside a backend that hangs, hardly later, but for a line that says what was lost', async () => {
        const backend = await startBackend('hang')
        const env = { PERFAGENT_EXIT_MS: String(EXIT_MS) }
        const { said, ...outcome } = withoutUnreported(await end(how, { backend, env }))
        assert.deepEqual(shown(outcome), shown(bare))
        assert.equal(said, '2')
        const addedMs = outcome.endMs - bare.endMs
        assert.ok(
          addedMs < EXIT_MS + SLACK_MS,
          `${addedMs.toFixed(0)} ms more than bare, with a limit of ${EXIT_MS} ms`
        )
        await backend.close()
      })
    })

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const)
    it(`by ${signal}, which lost nothing that was reported before`, async () => {
      const app = await runApp('exits.js')
      await app.get('/slow')
      await app.report()
      process.kill(app.pid, signal)
      const { code, signal: by, stderr } = await app.outcome
      assert.deepEqual({ code, by, stderr }, { code: null, by: signal, stderr: '' })
    })
})

describe('a signal to itself that ends nobody', () => {
  it('says nothing, and the agent looks on', async () => {
    const app = await runApp('exits.js', { env: { PERFAGENT_MAX_REPORTS_PER_MINUTE: '1000' } })
    await app.get('/slow')
    await app.report()
    for (const path of ['/signal/1', '/signal/2']) assert.equal((await app.get(path)).status, 200)
    const sampled = app.report(({ request, evidence }) => request.path === '/after' && evidence.missing.length === 0)
    while (!(await Promise.race([sampled, app.get('/after').then(() => undefined)])));
    await app.stop()
  }).timeout(30_000)

  it('loses nothing that waits for a backend', async () => {
    const backend = await startBackend('reset')
    const app = await runApp('exits.js', { backend })
    const paths = ['/slow/1', '/slow/2', '/slow/3']
    for (const path of paths) await app.get(path)
    await backend.request()
    assert.equal((await app.get('/signal')).status, 200)
    backend.answer = {}
    for (const path of paths)
      await backend.report(({ status, request }) => status === 'finished' && request.path === path)
    await app.stop({ stderr: /^(?!.*debugger).*takes reports again; 0 were lost/s })
    await backend.close()
  }).timeout(60_000)
})

describe('an agent thread that takes the place of another', () => {
  it('leaves the service the instance that it was', async () => {
    const app = await runApp('exits.js', { env: { PERFAGENT_MAX_REPORTS_PER_MINUTE: '1000' } })
    await app.get('/before')
    const before = await app.report()
    await app.get('/thread')
    const after = app.report(({ request }) => request.path === '/after')
    let found: typeof before | undefined
    while (!found) found = await Promise.race([after, app.get('/after').then(() => undefined)])
    assert.equal(found.service.instance, before.service.instance)
    await app.stop({ stderr: /^\[perfagent\] its thread ended; it is started again\n$/ })
  }).timeout(30_000)
})

/** What it says of the slow requests that the backend did not take is the one thing that the bare service does not say. */
function withoutUnreported<Ended extends Outcome>(outcome: Ended): Ended & { said: string | undefined } {
  const line =
    /^\[perfagent\] the process ends and (\d+) slow requests were not reported, for PERFAGENT_EXIT_MS is over.*\n/m
  const stderr = outcome.stderr.replace(line, '')
  return { ...outcome, stderr, said: line.exec(outcome.stderr)?.[1] }
}

/** A frame of Node's own that every use of AsyncLocalStorage adds to some stacks, up to Node 22. */
const withoutTrampoline = (stderr: string): string =>
  stderr.replace(/^ {4}at process\.callbackTrampoline \(node:internal\/async_hooks:\d+:\d+\)\n/gm, '')

/** Starts and stops three times: when all has begun, and at once. */
const RESTARTS = `
  const { isDeepStrictEqual } = require('node:util')
  const { setImmediate: turn } = require('node:timers/promises')
  const { Worker } = require('node:worker_threads')
  const { start, stop } = require('./dist/index.js')
  const found = () => [process.kill, process.reallyExit, process.execve, Worker.prototype.terminate, process.listenerCount('exit')]
  const before = found()
  const same = async pause => {
    for (let i = 0; i < 3; i++) {
      start({ export: ['none'], logLevel: 'none' })
      const server = require('node:http').createServer().listen(0, '127.0.0.1')
      await require('node:events').once(server, 'listening')
      await pause()
      await stop()
      server.close()
    }
    return isDeepStrictEqual(found(), before)
  }
  same(async () => { await turn(); await turn() }).then(async late => console.log(late, await same(async () => {})))
`

describe('an agent that is started and stopped again and again', () => {
  it('leaves process.kill and its kind, and the listeners of exit, as they were', async () => {
    const { outcome } = startProgram(undefined, { preload: 'none', nodeArgs: ['-e', RESTARTS] })
    const { code, stdout, stderr } = await outcome
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'true true\n', stderr: '' })
  }).timeout(60_000)
})
