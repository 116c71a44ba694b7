// When the agent is made: in a service, before it tells anything, and in no process that serves nothing.

import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { ESM, REGISTER, ROOT, runProgram } from './harness/program.js'

const MADE = `const made = () => Object.getOwnPropertyDescriptor(globalThis, Symbol.for('perfagent')).get === undefined`

/** What the script prints: at first and at its end whether the agent is made. */
async function run(text: string, nodeArgs: string[] = ['--require', REGISTER]): Promise<string> {
  const script = `${MADE}; console.log(made()); process.on('exit', () => console.log(made())); ${text}; process.disconnect?.()`
  const { code, stdout, stderr } = await runProgram(undefined, {
    preload: 'none',
    nodeArgs: [...nodeArgs, '-e', script]
  })
  assert.deepEqual([code, stderr], [0, ''], text)
  return stdout.split('\n').join(' ').trim()
}

const NOBODY = "'http://127.0.0.1:59999'"
const OTEL = "Symbol.for('opentelemetry.js.api.1')"

const NEEDS: [what: string, text: string][] = [
  [
    'a server that is about to listen',
    "require('node:net').createServer().listen(0, '127.0.0.1', function () { this.close() })"
  ],
  ['a library that is patched', "require('pg')"],
  ['a scoped library', "require('@redis/client')"],
  ['a connection', "require('node:net').connect(9, '127.0.0.1').on('error', () => {})"],
  ['a call by http', `require('node:http').get(${NOBODY}).on('error', () => {})`],
  ['a call by https', "require('node:https').get('https://127.0.0.1:59999').on('error', () => {})"],
  ['a call by fetch', `fetch(${NOBODY}).catch(() => {})`],
  ['a call by fetch over TLS', "fetch('https://127.0.0.1:59999').catch(() => {})"],
  ["a look for OpenTelemetry's provider", `globalThis[${OTEL}]`],
  ["OpenTelemetry's API", "require('@opentelemetry/api').trace.getTracer('shop').startSpan('order').end()"],
  ['a request of our own API', "require('perfagent').request('job', () => {})"],
  ['a hook of our own API', "require('perfagent').onSlowRequest(() => {})"]
]

const NEEDS_NONE: [what: string, text: string][] = [
  ['files, output and a timer', "require('node:fs').readdirSync('.'); setTimeout(() => {}, 10)"],
  ['a package that nobody patches', "require('typescript')"],
  ['http alone', "require('node:http').createServer()"],
  ['our API, loaded', "require('perfagent')"],
  ['a child process', "require('node:child_process').execFileSync(process.execPath, ['-e', '0'])"],
  ['a worker thread', "new (require('node:worker_threads').Worker)('0', { eval: true })"],
  [
    "a cluster's primary",
    `const cluster = require('node:cluster')
    cluster.setupPrimary({ exec: ${JSON.stringify(REGISTER)}, execArgv: [] })
    cluster.fork().on('online', function () { this.disconnect() })`
  ]
]

describe('the agent', () => {
  for (const [what, text] of NEEDS)
    it(`is made for ${what}`, async () => {
      assert.equal(await run(text), 'false true')
    })

  it('is not made for what serves nothing', async () => {
    for (const [what, text] of NEEDS_NONE) assert.equal(await run(text), 'false false', what)
  })

  it('is made at once where what would tell it has passed', async () => {
    const late = `require(${JSON.stringify(REGISTER)}); console.log(made())`
    const first: [string, string][] = [
      ["require('node:http')", 'true'],
      ["require('pg')", 'true'],
      [`globalThis[${OTEL}] = { version: '1.9.0' }`, 'true'],
      ["require('node:net')", 'false']
    ]
    for (const [before, made] of first) {
      const script = `${before}; ${MADE}; ${late}`
      const nodeArgs = ['-e', `${script}; process.disconnect?.()`]
      const { code, stdout, stderr } = await runProgram(undefined, { preload: 'none', nodeArgs })
      assert.deepEqual([code, stdout, stderr], [0, `${made}\n`, ''], before)
    }
  })

  it('is made at once where ES modules are patched as they are imported', async () => {
    assert.equal(await run('', ['--import', pathToFileURL(ESM).href]), 'true true')
  })

  it('is made for a server all the same where files with no names were loaded before', async () => {
    const nameless = `const { prototype } = require('node:module')
      for (let i = 0; i < 5; i++) try { prototype.load.call({}, 17) } catch {}
      require('node:http').createServer().listen(0, '127.0.0.1', function () { this.close() })`
    const script = `${MADE}; process.on('exit', () => console.log(made())); ${nameless}; process.disconnect?.()`
    const nodeArgs = ['--require', REGISTER, '-e', script]
    assert.equal((await runProgram(undefined, { preload: 'none', nodeArgs })).stdout, 'true\n')
  })

  it('hears of the server that it was made for, whose connects will look up names', async () => {
    const loaded = "globalThis[Symbol.for('perfagent')].loaded.some(({ module }) => module === 'node:dns')"
    const server = `require('node:http').createServer().listen(0, '127.0.0.1', function () { this.close(); console.log(${loaded}) })`
    assert.equal(await run(server), 'false true true')
  })

  it('is made at once where lines of the console get ids: `const { log } = console` is taken before a server listens', async () => {
    const script = `${MADE}; console.log(made()); process.disconnect?.()`
    const env = { PERFAGENT_LOG_TRACE_IDS: 'console' }
    const nodeArgs = ['--require', REGISTER, '-e', script]
    const { stdout } = await runProgram(undefined, { preload: 'none', nodeArgs, env })
    assert.equal(stdout, 'true\n')
  })

  it('takes nothing away that somebody has defined in the place of its own', async () => {
    const defined = `Object.defineProperty(globalThis, ${OTEL}, { value: { version: '1.9.0', mine: true }, configurable: true, writable: true })
      require('pg')
      console.log(globalThis[${OTEL}].mine)`
    assert.equal(await run(defined), 'false true true')
  })

  it('is made once, and leaves the registry of OpenTelemetry as it was before it when it stops', async () => {
    const stopped = await run(`
      const { stop } = require('perfagent')
      process.removeAllListeners('exit')
      stop().then(() => console.log(${OTEL} in globalThis, Symbol.for('perfagent') in globalThis))`)
    assert.equal(stopped, 'false false false')
  })

  it('hears of the library that it was made for', async () => {
    const names =
      "globalThis[Symbol.for('perfagent')].loaded.map(({ module }) => module).filter(name => name.includes('pg')).sort().join()"
    assert.equal(
      await run(`require('pg'); console.log(${names})`),
      'false pg-pool/index.js,pg/lib/client.js,pg/lib/query.js true'
    )
  })

  it('is loaded by nothing that the application has put in the place of what loads modules', async () => {
    const replaced = `const Module = require('node:module')
      const asked = []
      const { _load } = Module
      Module._load = (...args) => { asked.push(args[0]); return _load(...args) }
      require('node:module')._extensions['.js'] = () => { throw new Error('none of yours') }
      globalThis[Symbol.for('perfagent')].annotate('a', 1)
      console.log(asked.filter(name => name.includes('agent')).length)`
    assert.equal(await run(replaced), 'false 0 true')
  })

  it('has the clock of the start, whatever timers a test has installed meanwhile', async () => {
    const faked = `const { hrtime } = process
      process.hrtime = Object.assign(() => [0, 0], { bigint: () => 0n })
      require('perfagent').annotate('a', 1)
      process.hrtime = hrtime
      const { now } = require(${JSON.stringify(path.join(ROOT, 'dist/main.js'))})
      console.log(Math.abs(now() - Number(hrtime.bigint()) / 1e6) < 10)`
    assert.equal(await run(faked), 'false true true')
  })

  it('is left out, with one line, where its file is gone by then', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'perfagent-gone-'))
    await mkdir(path.join(folder, 'dist'))
    await copyFile(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'))
    for (const file of ['register.js', 'main.js'])
      await copyFile(path.join(ROOT, 'dist', file), path.join(folder, 'dist', file))
    const script =
      "require('node:http').createServer().listen(0, function () { this.close(); console.log('listens') }); process.disconnect()"
    const nodeArgs = ['--require', path.join(folder, 'dist/register.js'), '-e', script]
    const { code, stdout, stderr } = await runProgram(undefined, { preload: 'none', nodeArgs })
    await rm(folder, { recursive: true })
    assert.deepEqual([code, stdout], [0, 'listens\n'])
    assert.match(stderr, /^\[perfagent\] could not start: ENOENT[^\n]*agent\.js'\n$/)
  })

  it('is made in the parts that the compiler makes, too', async () => {
    const nodeArgs = ['--require', path.join(ROOT, 'dist/lib/register.js')]
    assert.equal(
      await run("require('node:http').createServer().listen(0, function () { this.close() })", nodeArgs),
      'false true'
    )
  })
})
