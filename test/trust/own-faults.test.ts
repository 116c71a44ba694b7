// No fault of the agent's own reaches the application: each of its parts fails in turn, and the answers stay as they are without
// it. What is broken says so in one line, and is off or started anew.

import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { REGISTER_IN_PARTS, ROOT, runProgram } from '../harness/program.js'
import { LONG_FORM, skip } from '../harness/skip.js'
import { LONG, tried } from './table.js'

const OURS = /^(\[perfagent\] .*\n)*$/
const FAULTS = `${ROOT}/dist/test/harness/faults.js`
const PATHS = Array.from({ length: 4 }, (_, i) => `/work/${i}`)

const run = (FAULT: string, env: Record<string, string> = {}): Promise<App> =>
  runApp('faults.js', {
    preload: 'none',
    nodeArgs: ['--require', FAULTS, '--require', REGISTER_IN_PARTS],
    env: { FAULT, PERFAGENT_MAX_REPORTS_PER_MINUTE: '1000', ...env }
  })
const ask = (app: App): Promise<unknown[]> =>
  Promise.all(PATHS.map(path => app.get(path).then(({ status, body }) => [status, JSON.parse(body)])))

const said = (app: App): string[] => app.output.stderr.split('\n').filter(Boolean)

/** In any order. */
const CALLS_FAILED = /^(?=[\s\S]*undici failed)(?=[\s\S]*own operations failed)/

/** Which part throws at each call, and who is said to be off. Some are met only where there is a database, or by chance. */
const ON_MAIN: [part: string, off: RegExp | undefined, env?: Record<string, string>][] = [
  ['record/recorder.js#createRecorder.beginRequest', /http failed/],
  ['record/recorder.js#createRecorder.endFirstTurn', /http failed/],
  ['record/recorder.js#createRecorder.endRequest', /http failed/],
  ['record/recorder.js#createRecorder.beginOperation', CALLS_FAILED],
  ['record/recorder.js#createRecorder.mark', /http_client failed/],
  ['record/recorder.js#createRecorder.endOperation', CALLS_FAILED],
  ['record/recorder.js#createRecorder.isFollowed', /own operations failed/],
  ['record/recorder.js#createRecorder.requestOf', undefined],
  ['record/recorder.js#createRecorder.askOutside', undefined],
  ['record/recorder.js#createRecorder.acquired', undefined],
  ['record/recorder.js#createRecorder.propagation', /http_client failed/],
  ['record/recorder.js#createRecorder.takeOverdue', undefined],
  ['record/recorder.js#createRecorder.current', undefined],
  // Not called for what was told while it ran; beyond the limit nothing is.
  ['record/slow.js#createSlowPolicy.admit', /http failed/, { PERFAGENT_MAX_REPORTS_PER_MINUTE: '1' }],
  ['record/slow.js#createSlowPolicy.thresholdMs', /http failed/],
  ['record/runtime.js#startRuntime', /http failed/],
  ['record/turns.js#watchTurns.beat', /heartbeat failed/],
  ['record/propagation.js#createPropagation', /could not start/],
  ['hook/load.js#patchOnLoad', /could not start/],
  ['hook/guard.js#guard', /looking for libraries failed/],
  ['descriptions', /http_client failed/],
  ['worker/thread.js#startThread', /http failed/],
  ['worker/thread.js#startThread.send', /http failed/],
  ['worker/service.js#identify', /http_client failed/],
  ['record/heap.js#watchHeap', /could not start/]
]

let expected: unknown[]
before(async () => {
  const bare = await runApp('faults.js', { preload: 'none' })
  expected = await ask(bare)
  await bare.stop()
})

describe('a fault of our own on the main thread', () => {
  for (const [part, off, env] of ON_MAIN.filter((_, i) => LONG || i % 3 === 0))
    it(`in ${part} changes no answer, and each part that is off says so once`, async () => {
      const app = await run(`main:${part}`, env)
      assert.deepEqual(await ask(app), expected)
      // On a busy machine less of it is called at first: what is told while it runs is not told anew.
      for (let more = 0; more < 4 && off && !off.test(app.output.stderr); more++)
        assert.deepEqual(await ask(app), expected)
      await app.stop({ stderr: OURS })
      const parts = said(app).map(line => /\[perfagent\] (.*?) (?:failed|not start)/.exec(line)?.[1])
      assert.equal(new Set(parts).size, parts.length, app.output.stderr)
      if (off) assert.match(app.output.stderr, off)
      tried('a fault of our own on the main thread changes no answer', PATHS.length, 0)
    })
})

const START = /^(?:\[perfagent\] its thread ended: injected; it is started again\n){1,3}/
const ONCE = /^\[perfagent\] a slow request could not be explained: Error: injected.*\n$/

const ON_THREAD: [fault: string, options: { launches?: number; says: RegExp; reports?: boolean; long?: boolean }][] = [
  ['!exit', { launches: 1, says: /^\[perfagent\] its thread ended; it is started again\n$/, reports: true }],
  ['!throw', { launches: 3, says: START, reports: true, long: true }],
  ['!out of memory', { launches: 1, says: /reaching memory limit.*; it is started again\n$/, reports: true }],
  ['!slow', { launches: 1, says: /^$/, reports: true, long: true }],
  ['!no profile', { says: /^$/, reports: true }],
  ['worker/service.js#identify', { says: START }],
  ['export/index.js#createExport', { says: START }],
  // In the short form as well: what a report that is not sent would have told is counted again.
  ['export/index.js#createExport.push', { launches: 99, says: ONCE }],
  ['evidence/index.js#startEvidence', { says: START }],
  ['evidence/index.js#startEvidence.tick', { says: START }],
  ['evidence/index.js#startEvidence.between', { says: ONCE }],
  ['evidence/inspector.js#connectToMainThread', { says: /^$/, reports: true }],
  ['evidence/windows.js#startCpuWindows', { says: /^$/, reports: true }],
  ['evidence/blocks.js#watchBlocks.tick', { says: START }],
  ['worker/shared.js#readSlots', { says: START }],
  ['verdict/report.js#toReport', { says: ONCE }]
]

describe('a fault of our own on the agent thread', () => {
  for (const [fault, { launches = 99, says, reports = false, long = false }] of ON_THREAD.filter(
    ([, { launches }], i) => LONG || launches || i % 3 === 0
  ))
    it(`(${fault}) changes no answer${reports ? ', and reports come' : ''}`, async function () {
      if (long && !LONG) skip(this, LONG_FORM)
      const app = await run(`worker:${fault}`, { LAUNCHES: String(launches) })
      let asked = 0
      const askAgain = async (): Promise<void> => {
        assert.deepEqual(await ask(app), expected)
        asked += PATHS.length
      }
      await askUntil(askAgain, reports ? () => app.backend.reports.length > 0 : () => app.output.stderr !== '')
      await app.stop({ stderr: says })
      tried('a fault of our own on the agent thread changes no answer', asked, 0)
    })

  it('that comes at each start is tried three times more, and then it is off', async function () {
    if (!LONG) skip(this, LONG_FORM)
    const app = await run('worker:worker/service.js#identify')
    await askUntil(
      async () => assert.deepEqual(await ask(app), expected),
      () => app.output.stderr.includes('is off')
    )
    await app.stop({
      stderr:
        /^(?:.*it is started again\n){3}\[perfagent\] its thread ended: injected; reporting is off until the service restarts\n$/
    })
  })

  it('that has its turns come late leaves no inspector session open at the exit', async () => {
    const { code, stderr } = await runProgram('stops.js', {
      preload: 'none',
      nodeArgs: ['--require', FAULTS, '--require', REGISTER_IN_PARTS],
      env: {
        HOW: 'exit',
        PERFAGENT: `${ROOT}/dist/lib/index.js`,
        FAULT: 'worker:!late turns',
        PERFAGENT_EXPORT: 'none',
        PERFAGENT_SLOW_MS: '50',
        PERFAGENT_EXIT_MS: '10000'
      }
    })
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  })

  it('that has it hang does not hold the exit, nor have Node wait for it', async () => {
    const app = await run('worker:!slow', { PERFAGENT_EXIT_MS: '500' })
    assert.deepEqual(await ask(app), expected)
    const began = performance.now()
    await app.stop({ stderr: /^\[perfagent\] the process ends and \d+ slow requests were not reported.*\n$/ })
    tried(
      'the exit waits for our thread at most as long as it may',
      1,
      0,
      `${Math.round(performance.now() - began)} ms`
    )
  })
})

async function askUntil(work: () => Promise<void>, isDone: () => boolean): Promise<void> {
  const deadline = performance.now() + 25_000
  do {
    await work()
    await new Promise(resolve => setTimeout(resolve, 100))
  } while (!isDone() && performance.now() < deadline)
  assert.ok(isDone(), 'what was expected did not come')
}
