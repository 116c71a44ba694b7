// Worker threads of the application: what they serve is seen as the main thread's is, by one agent thread, and what the application
// sees of its workers is as without perfagent.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Report } from '../lib/types.js'
import { type App, type AppOptions, runApp } from './harness/app.js'
import { REGISTER, REGISTER_IN_PARTS, ROOT, runProgram } from './harness/program.js'
import { LONG_FORM, skip } from './harness/skip.js'
import { sameAsBare } from './instrumentations/same-as-bare.js'
import { LONG } from './trust/table.js'

const PERFAGENT = path.join(ROOT, 'dist/index.js')

const FAULTS = path.join(ROOT, 'dist/test/harness/faults.js')

const run = (env: Record<string, string> = {}, options: AppOptions = {}): Promise<App> =>
  runApp('threads.js', { ...options, env: { PERFAGENT, REGISTER, PERFAGENT_MAX_REPORTS_PER_MINUTE: '1000', ...env } })

/** On a machine that others use too, some of any request's time is a wait for a CPU, which is told so. */
const causes = ({ breakdown }: Report): string[] => breakdown.map(({ cause }) => cause)

const routeIs =
  (route: string) =>
  ({ request }: Report): boolean =>
    request.route === route

describe('a request that a worker thread serves', () => {
  let app: App
  before(async () => {
    app = await run({ PERFAGENT_OTLP_ENDPOINT: '', HOOKS: '1' })
    await isUp(app)
  })
  after(() => app.stop())

  it('is reported with its thread, by the name that the application gave it', async () => {
    const { thread, service } = await app.explained('/slow')
    assert.deepEqual([typeof thread!.id, thread!.name, service.pid], ['number', 'api', app.pid])
  })

  it('has its operations, and what it waited for', async () => {
    const report = await app.explained('/peer')
    assert.deepEqual(
      report.operations.map(({ kind, text }) => [kind, text.replace(/:\d+/, ':PORT')]),
      [['http', 'GET http://127.0.0.1:PORT/items/17']]
    )
    assert.ok(causes(report).includes('http.slow_peer'))
  })

  it('has the samples of its own thread, and their place', async () => {
    const report = await app.explained('/burn')
    const { stacks } = report.evidence.cpu!
    assert.ok(stacks.some(({ frames }) => frames.some(frame => /burnTheLoop/.test(frame.function))))
    assert.deepEqual(report.evidence.missing, [])
    assert.ok(causes(report).includes('cpu.own'))
    assert.match(report.verdict.summary, /worker thread/)
  })

  it('has them again when the process has signalled itself what ends nobody', async () => {
    app.send('signal')
    await until(app, /the process lives on/)
    // Not which: of code that was compiled before a profile began V8 names the caller.
    const isSampled = ({ evidence }: Report): boolean => (evidence.cpu?.coverageShare ?? 0) > 0.5
    await askedUntil(
      app,
      () => app.get('/burn'),
      report => routeIs('/burn')(report) && isSampled(report)
    )
  })

  it('says who held the event loop of its thread', async () => {
    const ask = (): Promise<unknown> => {
      const innocent = app.get('/innocent')
      return Promise.all([innocent, new Promise(resolve => setTimeout(resolve, 20)).then(() => app.get('/burn'))])
    }
    const isHeld = (report: Report): boolean => report.evidence.blocks.some(({ route }) => route === 'GET /burn')
    const report = await askedUntil(app, ask, report => routeIs('/innocent')(report) && isHeld(report))
    assert.ok(causes(report).includes('loop.blocked'))
  })

  it('may be of the application’s own making, and so may its operations', async () => {
    await app.get('/job')
    const { request, thread } = await app.reportOf('nightly')
    assert.deepEqual([request.path, thread!.name], ['', 'api'])
    const { operations } = await app.explained('/operation')
    assert.deepEqual(
      operations.map(({ name }) => name),
      ['inner work']
    )
  })

  it('passes the hooks of its own thread, and those of the main thread', async () => {
    const { annotations } = await app.explained('/slow')
    assert.equal(annotations['seenBy'], ' worker main thread')
    for (const where of ['worker', 'main thread']) await until(app, `the ${where} is told of /slow`)
  })
})

const WAYS: [way: string, options: AppOptions][] = [
  ['by what the main thread was started with', {}],
  ['by NODE_OPTIONS', { preload: 'none', env: { NODE_OPTIONS: `--require ${JSON.stringify(REGISTER)}` } }],
  ['by the option execArgv of its own', { preload: 'none', env: { START: 'execArgv' } }],
  ['in a worker of a worker', { env: { START: 'nested' } }]
]

describe('perfagent comes into a worker thread', () => {
  for (const [way, { env, ...options }] of WAYS)
    it(way, async () => {
      const app = await run(env as Record<string, string>, options)
      await isUp(app)
      await app.get('/peer')
      const report = await app.reportOf('/peer')
      assert.ok(report.thread)
      assert.ok(causes(report).includes('http.slow_peer'))
      assert.deepEqual(report.evidence.missing, [])
      await app.stop()
    })
})

describe('the agent thread is joined by a worker thread', () => {
  it('again, when it had died', async () => {
    const nodeArgs = ['--require', FAULTS, '--require', REGISTER_IN_PARTS]
    const app = await run({ FAULT: 'worker:!exit', LAUNCHES: '1' }, { preload: 'none', nodeArgs })
    const deadline = performance.now() + 20_000
    while (!app.output.stderr.includes('started again') && performance.now() < deadline) await app.get('/innocent')
    await isUp(app)
    await app.stop({ stderr: /^\[perfagent\] its thread ended; it is started again\n$/ })
  })

  it('and needs the main thread no more, which may be blocked', async () => {
    const app = await run()
    await isUp(app)
    const from = app.backend.reports.length
    app.send('block')
    await until(app, 'the main thread is blocked')
    await app.get('/slow')
    await app.report(report => routeIs('/slow')(report) && app.backend.reports.indexOf(report) >= from)
    await app.get('/release')
    await app.stop()
  })
})

it('a worker thread that has stopped perfagent and goes on is profiled no more', async function () {
  if (process.platform !== 'linux') skip(this, 'whether V8 profiles is read off the threads of /proc')
  this.timeout(120_000)
  const app = await run()
  await isUp(app)
  const profiled = profilersOf(app.pid)
  assert.ok(profiled > 0)
  assert.equal((await app.get('/stop')).body, 'stopped')
  const deadline = performance.now() + 60_000
  while (profilersOf(app.pid) === profiled && performance.now() < deadline) await app.get('/innocent')
  assert.equal(profilersOf(app.pid), profiled - 1)
  assert.equal((await app.get('/innocent')).status, 200, 'the worker goes on')
  await app.stop()
})

/** Of V8's, one for each thread that is profiled. */
function profilersOf(pid: number): number {
  const tasks = `/proc/${pid}/task`
  const names = readdirSync(tasks).flatMap(task => {
    try {
      return readFileSync(`${tasks}/${task}/comm`, 'latin1')
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
  return names.filter(name => name.startsWith('v8:ProfEvntProc')).length
}

it('perfagent may be stopped while its thread is starting and a worker thread runs', async () => {
  const script = `
    const worker = new (require('node:worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true })
    const server = require('node:http').createServer().listen(0, async () => {
      await require(${JSON.stringify(PERFAGENT)}).stop()
      server.close()
      worker.terminate()
    })`
  const { code, stdout, stderr } = await runProgram(undefined, { nodeArgs: ['-e', script] })
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
})

it('perfagent has hung up before it ends its thread: what that is told while it goes would abort the process', async function () {
  if (process.platform !== 'linux') skip(this, 'whether V8 profiles is read off the threads of /proc')
  const script = `
    const { readdirSync, readFileSync } = require('node:fs')
    const { Worker } = require('node:worker_threads')
    const tasks = '/proc/self/task'
    const nameOf = task => {
      try {
        return readFileSync(tasks + '/' + task + '/comm', 'latin1')
      } catch {
        return 'it has ended'
      }
    }
    const isProfiled = () => readdirSync(tasks).some(task => nameOf(task).startsWith('v8:ProfEvntProc'))
    const { terminate } = Worker.prototype
    Worker.prototype.terminate = function () {
      console.log('it ends', isProfiled())
      return terminate.call(this)
    }
    const server = require('node:http').createServer().listen(0, async () => {
      while (!isProfiled()) await new Promise(resolve => setTimeout(resolve, 5))
      console.log('it profiles')
      await require(${JSON.stringify(PERFAGENT)}).stop()
      server.close()
    })`
  const { code, stdout, stderr } = await runProgram(undefined, { nodeArgs: ['-e', script] })
  assert.deepEqual([code, stdout, stderr], [0, 'it profiles\nit ends false\n', ''])
})

describe('a task of a pool of worker threads', () => {
  for (const LIBRARY of ['piscina', 'tinypool'])
    it(`of ${LIBRARY} is a request where it runs in perfagent.request`, async function () {
      if (LIBRARY === 'tinypool' && !LONG) skip(this, LONG_FORM)
      const app = await runApp('pools.js', { env: { LIBRARY, PERFAGENT } })
      const waited = (report: Report): boolean => causes(report).includes('http.slow_peer')
      const fetched = await askedUntil(
        app,
        () => app.get('/fetch'),
        report => routeIs('fetch')(report) && waited(report)
      )
      assert.ok(fetched.thread)
      assert.deepEqual(
        fetched.operations.map(({ kind }) => kind),
        ['http']
      )
      const burnt = (report: Report): boolean => routeIs('burn')(report) && causes(report).includes('cpu.own')
      await askedUntil(app, () => app.get('/burn'), burnt)
      // The main thread knows that it waited, and not for what.
      assert.deepEqual((await app.reportOf('/burn')).operations, [])
      await app.stop()
    })
})

describe('a worker thread ends as without perfagent, and nothing is lost that was complete', () => {
  const said = ({ stdout, stderr }: { stdout: string; stderr: string }): string[] =>
    [...stdout.split('\n'), ...stderr.split('\n')].filter(line => line !== '' && !line.startsWith('listening'))

  for (const how of ['naturally', 'by process.exit(3)', 'by a throw', 'by terminate()'])
    it(how, async () => {
      const outcomes = []
      for (const preload of ['none', 'require'] as const) {
        const app = await run({}, { preload })
        if (preload === 'require') await isUp(app)
        app.send({ path: '/slow', how })
        await until(app, /the worker ended/)
        if (preload === 'require') assert.equal((await app.reportOf('/slow')).status, 'finished')
        outcomes.push(said(await app.stop({ stderr: /^$/ })))
      }
      assert.deepEqual(outcomes[1], outcomes[0])
    })
})

/** The agent thread is there, has reached the worker, and samples it. */
const isUp = (app: App): Promise<Report> =>
  askedUntil(
    app,
    () => app.get('/innocent'),
    ({ evidence }) => !evidence.missing.some(it => it.startsWith('cpu profile: it starts'))
  )

/** What is handed over while there is no agent thread is lost; a worker that sleeps until its next task has it lie until then. */
async function askedUntil(
  app: App,
  ask: () => Promise<unknown>,
  matches: (report: Report) => boolean
): Promise<Report> {
  for (let tries = 0; tries < 20; tries++) {
    const earlier = new Set(app.backend.reports)
    await ask()
    const report = await app.report(one => !earlier.has(one) && matches(one), 2000).catch(() => undefined)
    if (report) return report
  }
  return assert.fail(`no report was as expected:\n${app.output.stdout}${app.output.stderr}`)
}

/** The app has said so. */
async function until(app: App, text: string | RegExp): Promise<void> {
  const deadline = performance.now() + 20_000
  const isSaid = (): boolean =>
    typeof text === 'string' ? app.output.stdout.includes(text) : text.test(app.output.stdout)
  while (!isSaid() && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, 20))
  assert.ok(isSaid(), `${text} was not said:\n${app.output.stdout}${app.output.stderr}`)
}

it('what a program sees of its worker threads is the same', async function () {
  // Of twenty threads, one after the other, on a machine that may have no CPU to spare.
  this.timeout(120_000)
  await sameAsBare('threads-behaviour.js')
})

it('a worker thread with a heap of 8 MB ends as without perfagent', async () => {
  const script = `const { Worker } = require('node:worker_threads')
    const worker = new Worker('require("node:worker_threads").parentPort.postMessage("runs")', {
      eval: true,
      resourceLimits: { maxOldGenerationSizeMb: 8 }
    })
    worker.on('message', console.log).on('error', error => console.log(error.message)).on('exit', console.log)`
  const { code, stdout, stderr } = await runProgram(undefined, { nodeArgs: ['-e', script] })
  const bare = await runProgram(undefined, { preload: 'none', nodeArgs: ['-e', script] })
  assert.deepEqual([code, stdout, stderr], [bare.code, bare.stdout, bare.stderr])
})
