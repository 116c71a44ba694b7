// Ways in which services are run, each as docs/compatibility.md says of it. Flags of Node: test/trust/loading.test.ts. Preloading,
// symbolic links, two copies: test/register.test.ts. Beside an SDK: test/opentelemetry/sdk.test.ts.

import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { OPTIONS } from '../lib/options/config.js'
import { FROM_ENVIRONMENT } from '../lib/options/resource.js'
import { STANDARD } from '../lib/options/standard.js'
import type { Row } from '../lib/options/table.js'
import type { Report } from '../lib/types.js'
import { type App, type AppOptions, runApp } from './harness/app.js'
import { APPS, NODE, REGISTER, ROOT } from './harness/program.js'
import { skip } from './harness/skip.js'

const NODE_OPTIONS = `--require ${JSON.stringify(REGISTER)}`

async function slowIsReported(app: App): Promise<void> {
  const { body } = await app.get('/slow')
  const report = await app.report()
  assert.deepEqual([report.request.route, report.service.pid === app.pid], ['/slow', body === String(app.pid)])
  await app.stop()
}

describe('a server in', () => {
  it('the workers of a cluster is seen there', async () => {
    const app = await runApp('workers.js', { env: { WAY: 'cluster' } })
    const pids = new Set<string>()
    for (let i = 0; i < 100 && pids.size < 2; i++) pids.add((await app.get('/slow')).body)
    for (const pid of pids) await app.report(({ service }) => String(service.pid) === pid)
    assert.equal(pids.has(String(app.pid)), false)
    await app.stop()
  })

  it('a forked child is seen there', async () => slowIsReported(await runApp('workers.js', { env: { WAY: 'fork' } })))

  it('a forked child is seen there by NODE_OPTIONS too', async () =>
    slowIsReported(await runApp('workers.js', { preload: 'none', env: { WAY: 'fork', NODE_OPTIONS } })))

  it('what PM2 starts has the name of its own package, not of PM2', async () => {
    const folder = await mkdtemp(path.join(ROOT, 'dist/pm2-'))
    const container = path.join(folder, 'node_modules/pm2/lib/ProcessContainerFork.js')
    const main = path.join(folder, 'server.js')
    await mkdir(path.dirname(container), { recursive: true })
    // As PM2 7.0 does; itself: `npm run check:places pm2`.
    await writeFile(container, "require('node:module')._load(process.env.pm_exec_path, null, true)")
    await writeFile(main, `process.env.WAY = 'plain'; require(${JSON.stringify(path.join(APPS, 'workers.js'))})`)
    await writeFile(path.join(folder, 'package.json'), '{ "name": "pm2-shop", "version": "1.2.3" }')
    const app = await runApp(container, { env: { pm_exec_path: main } })
    await app.get('/slow')
    const { service } = await app.report()
    assert.deepEqual([service.name, service.version], ['pm2-shop', '1.2.3'])
    await app.stop()
    await rm(folder, { recursive: true })
  })

  it('what PM2 starts in its cluster mode has the options of its ecosystem file', async () => {
    const folder = await mkdtemp(path.join(ROOT, 'dist/pm2-'))
    const container = path.join(folder, 'ProcessContainer.js')
    // As PM2 7.0 does: the variables come as JSON in one of them, and are there after what is preloaded.
    await writeFile(
      container,
      `const given = JSON.parse(process.env.pm2_env)
      for (const name in given) process.env[name] = given[name]
      delete process.env.pm2_env
      require(given.pm_exec_path)`
    )
    const given = {
      pm_exec_path: path.join(APPS, 'hello.js'),
      env: {},
      restart_time: 3,
      OTEL_SERVICE_NAME: 'ecosystem',
      PERFAGENT_SLOW_MS: 7
    }
    const app = await runApp(container, { env: { pm2_env: JSON.stringify(given) } })
    await app.get('/slow')
    const { service, thresholdMs } = await app.report()
    assert.deepEqual([service.name, thresholdMs], ['ecosystem', 7])
    await app.stop()
    await rm(folder, { recursive: true })
  })

  it('a process that changes its working directory writes the files that were named from the first', async () => {
    const folder = await mkdtemp(path.join(ROOT, 'dist/chdir-'))
    const changes = path.join(folder, 'changes.cjs')
    await writeFile(changes, 'process.chdir(require("node:os").tmpdir())')
    const file = path.join(folder, 'reports.jsonl')
    const app = await runApp('hello.js', {
      nodeArgs: ['--require', changes],
      env: { PERFAGENT_FILE: path.relative(ROOT, file) }
    })
    await app.get('/slow')
    await app.stop()
    assert.match(await readFile(file, 'utf8'), /"path":"\/slow"/)
    await rm(folder, { recursive: true })
  })

  it('a worker thread is seen there', async () =>
    slowIsReported(await runApp('workers.js', { env: { WAY: 'thread' } })))

  it("Yarn's Plug'n'Play is seen, where a thread reads its own file with Yarn's hooks alone", async () => {
    const folder = await mkdtemp(path.join(ROOT, 'dist/pnp-'))
    const dist = path.join(folder, 'perfagent/dist')
    await mkdir(dist, { recursive: true })
    await copyFile(path.join(ROOT, 'package.json'), path.join(folder, 'perfagent/package.json'))
    for (const file of ['register.js', 'main.js', 'agent.js'])
      await copyFile(path.join(ROOT, 'dist', file), path.join(dist, file))
    await copyFile(path.join(ROOT, 'dist/agent-thread.js'), path.join(dist, 'archived.js'))
    // What Yarn 4.18's `.pnp.cjs` does for packages in archives.
    const hooks = path.join(folder, '.pnp.cjs')
    await writeFile(
      hooks,
      `const Module = require('node:module')
      process.versions.pnp = '3'
      const resolve = Module._resolveFilename
      Module._resolveFilename = (name, ...rest) => (name === 'pnpapi' ? __filename : resolve(name, ...rest))
      const find = Module._findPath
      Module._findPath = (name, ...rest) => find(name.replace(/agent-thread\\.js$/, 'archived.js'), ...rest)`
    )
    const nodeArgs = ['--require', hooks, '--require', path.join(dist, 'register.js')]
    await slowIsReported(await runApp('workers.js', { preload: 'none', nodeArgs, env: { WAY: 'plain' } }))
    await rm(folder, { recursive: true })
  })
})

describe('a service in TypeScript', () => {
  async function runs(options: AppOptions): Promise<void> {
    const app = await runApp('typed.mts', options)
    assert.equal((await app.get('/orders/17')).body, 'late')
    assert.equal((await app.report()).request.route, '/orders/:id')
    await app.stop({ stderr: /^(?:\(node:\d+\) ExperimentalWarning: Type Stripping[^\n]*\n[^\n]*\n)?$/ })
  }

  const TSX = pathToFileURL(path.join(ROOT, 'node_modules/tsx/dist/loader.mjs')).href
  it('is seen by tsx, whichever comes first', async () => {
    await runs({ nodeArgs: ['--import', TSX] })
    await runs({ preload: 'none', nodeArgs: ['--import', TSX, '--require', REGISTER] })
  })

  /** As ts-node and swc-node do: the map is in the text that they hand to Node, and in no file. */
  const LOADER = `require.extensions['.ts'] = (module, file) => {
    const text = require('node:fs').readFileSync(file, 'utf8')
    const { code } = require('esbuild').transformSync(text, {
      loader: 'ts', format: 'cjs', sourcemap: 'inline', sourcefile: file, minifyWhitespace: true
    })
    module._compile(code, file)
  }`
  for (const [loader, nodeArgs] of [
    ['tsx', ['--import', TSX]],
    ['a loader that keeps its maps to itself', ['--require', path.join(ROOT, 'dist/test-loader.cjs')]]
  ] as const)
    it(`is told by the lines of its files, compiled in memory by ${loader}`, async () => {
      await writeFile(path.join(ROOT, 'dist/test-loader.cjs'), LOADER)
      const app = await runApp('compiled.ts', { nodeArgs: [...nodeArgs] })
      // The profile of the first may have come too late.
      for (let i = 0; i < 3; i++) await app.get('/burn')
      const lineOf = ({ verdict }: Report): string => /compiled\.ts:(\d+)/.exec(verdict.summary)?.[1] ?? ''
      const line = Number(lineOf(await app.report(report => lineOf(report) !== '')))
      // What is run has one line, or has lost those of the types.
      const lines = (await readFile(path.join(APPS, 'compiled.ts'), 'utf8')).split('\n')
      const [from, to] = ['const burn', 'const server'].map(text => 1 + lines.findIndex(each => each.startsWith(text)))
      assert.ok(from! <= line && line <= to!, `line ${line} of ${from} to ${to}`)
      await app.stop()
      await rm(path.join(ROOT, 'dist/test-loader.cjs'), { force: true })
    })

  it('is seen where Node strips the types', async function () {
    const { execFileSync } = await import('node:child_process')
    const strips = execFileSync(NODE, ['-p', '!!process.features.typescript'], { encoding: 'utf8' }).trim()
    // Node 22.18 and 24 do.
    if (strips !== 'true') skip(this, 'this Node strips no types: 22.18 and newer do')
    await runs({})
  })
})

describe('a bundle', () => {
  let folder: string
  before(async () => {
    // Where `external` packages are found.
    folder = await mkdtemp(path.join(ROOT, 'dist/bundle-'))
  })
  after(() => rm(folder, { recursive: true }))

  async function bundled(external: string[]): Promise<string> {
    const outfile = path.join(folder, `${external.length}.js`)
    const entryPoints = [path.join(folder, 'entry.js')]
    const source = `
      const Koa = require('koa')
      const Router = require('@koa/router').Router ?? require('@koa/router')
      const router = new Router()
      router.get('/shop/:tenant', async ctx => {
        await new Promise(resolve => setTimeout(resolve, 100))
        ctx.body = 'late'
      })
      const { listen } = require(${JSON.stringify(path.join(APPS, 'lib.js'))})
      listen(require('node:http').createServer(new Koa().use(router.routes()).callback()))`
    await writeFile(entryPoints[0]!, source)
    await build({ entryPoints, outfile, bundle: true, platform: 'node', external, logLevel: 'error' })
    return outfile
  }

  for (const [external, route] of [
    [[], '/shop/acme'],
    [['koa', '@koa/router'], '/shop/:tenant']
  ] as const)
    it(`with ${external.join(' and ') || 'nothing'} left outside names ${route}`, async () => {
      const app = await runApp(await bundled([...external]))
      assert.equal((await app.get('/shop/acme')).body, 'late')
      assert.equal((await app.report()).request.route, route)
      await app.stop()
    })

  it('with perfagent in it runs as it is, and says in one line to leave perfagent out', async () => {
    const [stdin, outfile] = [
      `require(${JSON.stringify(REGISTER)}); require('./hello.js')`,
      path.join(folder, 'dist/all.js')
    ]
    const contents = { contents: stdin, resolveDir: APPS }
    await build({ stdin: contents, outfile, bundle: true, platform: 'node', logLevel: 'error' })
    await writeFile(path.join(folder, 'package.json'), '{ "name": "shop", "version": "1.0.0" }')
    for (const way of ['beside a package.json', 'alone']) {
      const app = await runApp(outfile, { preload: 'none' })
      assert.equal((await app.get('/')).body, 'hello', way)
      await app.stop({
        stderr:
          /^\[perfagent\] could not start: it is inside a bundle, without its other files: leave it out of it .*\n$/
      })
      await rm(path.join(folder, 'package.json'), { force: true })
    }
  })
})

describe('examples/containers', () => {
  const text = (file: string): Promise<string> => readFile(path.join(ROOT, 'examples/containers', file), 'utf8')

  it('are files of Docker: each line is an instruction', async () => {
    for (const file of ['slim', 'alpine', 'agent']) {
      const lines = (await text(`Dockerfile.${file}`)).split('\n').filter(line => line !== '' && !line.startsWith('#'))
      for (const line of lines) assert.match(line, /^(?:FROM|WORKDIR|COPY|RUN|ENV|USER|EXPOSE|CMD) \S/, file)
      assert.match(lines[0]!, /^FROM /)
      for (const line of lines.filter(each => each.startsWith('CMD'))) JSON.parse(line.slice('CMD '.length))
    }
  })

  it('kubernetes.yaml is YAML, with variables that there are and mounts that have a volume', async () => {
    const { loadAll } = (await import('js-yaml')) as { loadAll(text: string): unknown[] }
    const [config, deployment] = loadAll(await text('kubernetes.yaml')) as [
      { data: Record<string, string> },
      { spec: { template: { spec: Pod } } }
    ]
    for (const name of Object.keys(JSON.parse(config.data['perfagent.json']!))) assert.ok(name in OPTIONS, name)
    const { containers, initContainers, volumes } = deployment.spec.template.spec
    const mounted = [...containers, ...initContainers].flatMap(({ volumeMounts }) =>
      volumeMounts.map(({ name }) => name)
    )
    assert.deepEqual([...new Set(mounted)].sort(), volumes.map(({ name }) => name).sort())
    const known = new Set([
      'NODE_OPTIONS',
      ...Object.values(OPTIONS as Record<string, Row<unknown>>).flatMap(({ env, also = [] }) => [env, ...also]),
      ...Object.keys(STANDARD),
      ...Object.values(FROM_ENVIRONMENT).flat()
    ])
    for (const { name } of containers.flatMap(({ env = [] }) => env)) assert.ok(known.has(name), name)
  })
})

interface Container {
  env?: { name: string }[]
  volumeMounts: { name: string }[]
}

interface Pod {
  containers: Container[]
  initContainers: Container[]
  volumes: { name: string }[]
}
