// Libuv's pool of this very process, filled with reads of pipes into which nobody writes.

import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, promises, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startEvidence } from '../../lib/evidence/index.js'
import type { Inspected } from '../../lib/evidence/inspector.js'
import { watchThreadPool } from '../../lib/evidence/thread-pool.js'
import { now } from '../../lib/process/clock.js'
import { listsFileReads } from '../../lib/process/node-version.js'
import { createAnswers } from '../../lib/record/answers.js'
import type { RequestRecorder } from '../../lib/record/recorder-types.js'
import type { FullPool, Report } from '../../lib/types.js'
import { createShared, writeSlot } from '../../lib/worker/shared.js'
import { runApp } from '../harness/app.js'
import { skip } from '../harness/skip.js'
import type { Starved } from './starved-pool.js'

const THREADS = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4)
const answers = createAnswers({} as RequestRecorder)
/** This thread asks itself. */
const main = { ask: async () => answers.poolCalls() } as unknown as Inspected

const TASKS = '/proc/self/task'

/** For how long threads of this process were ready to run and did not, all together; 0 where the kernel does not tell. */
function waitedForCpuMs(): number {
  try {
    const waits = readdirSync(TASKS).map(task => readFileSync(`${TASKS}/${task}/schedstat`, 'utf8').split(' ')[1])
    return waits.reduce((sum, ns) => sum + Number(ns) / 1e6, 0)
  } catch {
    return 0
  }
}

describe('a full pool of threads', () => {
  let folder: string
  before(function () {
    if (process.platform === 'win32') skip(this, 'a full pool of threads is made with FIFOs')
    folder = mkdtempSync(path.join(tmpdir(), 'pool-'))
  })
  after(() => folder && rmSync(folder, { recursive: true }))

  it('is told from the moment of the look until a thread is free, with what', async () => {
    let inFlight = 1
    const pool = watchThreadPool(main, String(THREADS), () => inFlight === 1)
    const pipes = Array.from({ length: THREADS }, (_, i) => path.join(folder, `pipe-${i}`))
    execFileSync('mkfifo', pipes)
    // Not readFile, which Node 26 does not list.
    const reads = pipes.map(async pipe => (await promises.open(pipe)).close())
    const start = now()
    let last: unknown
    const behind = promises.readFile(__filename)
    while (now() - start < 400) {
      pool.tick(now(), start - 1000)
      // Another comes while the call is out: what that stands behind is older.
      inFlight = 2
      await pause(10)
      last = pool.between(start, now())
    }
    assert.equal((last as object[]).length, 1, 'it is told while it lasts')
    const freed = now()
    for (const pipe of pipes) writeFileSync(pipe, 'late')
    await Promise.all([...reads, behind])
    const end = now()
    await pause(20)
    pool.stop()
    const [full, ...others] = pool.between(start, end)
    assert.deepEqual(others, [])
    assert.ok(full!.end - full!.start > (freed - start) * 0.8, JSON.stringify({ full, start, freed }))
    assert.equal(full!.threads, THREADS)
    assert.equal(full!.alone, true)
    assert.ok(full!.calls!.fs >= THREADS, JSON.stringify(full))
  })

  it('is not told of a pool with a thread to spare, nor of young requests', async () => {
    const pool = watchThreadPool(main, undefined, () => true)
    const pipe = path.join(folder, 'one')
    execFileSync('mkfifo', [pipe])
    const read = promises.readFile(pipe, 'utf8')
    const start = now()
    const waitedBefore = waitedForCpuMs()
    for (let i = 0; i < 10; i++) {
      pool.tick(now(), start - 1000)
      await pause(10)
    }
    for (let i = 0; i < 10; i++) pool.tick(start + i, start)
    writeFileSync(pipe, 'late')
    await read
    pool.stop()
    const told = pool.between(start, now())
    // Unless there was no CPU for the thread: then one waited for it all that time.
    const toldMs = told.reduce((sum, full) => sum + full.end - full.start, 0)
    assert.ok(toldMs <= (waitedForCpuMs() - waitedBefore) / 0.8, JSON.stringify(told))
  })

  for (const [what, inFlight, isOnly, expected] of [
    ['one request', 1, true, true],
    ['two requests', 2, true, false],
    ['one request and a worker that serves', 1, false, false]
  ] as const) {
    it(`is told with whether one request alone was in flight: ${what}`, async () => {
      const shared = createShared()
      const start = now()
      for (let slot = 0; slot < inFlight; slot++) writeSlot(shared, slot, start - 1000, start + 1e6)
      const options = { profile: false, profileIntervalMs: 10, mayInspect: false, poolSize: String(THREADS) }
      const evidence = await startEvidence({ ...options, isOnly: () => isOnly }, shared)
      const pipes = Array.from({ length: THREADS }, (_, i) => path.join(folder, `${what}-${i}`))
      execFileSync('mkfifo', pipes)
      const reads = pipes.map(pipe => promises.readFile(pipe))
      let full: FullPool[] = []
      while (full.length === 0) {
        evidence.tick(now(), true, { oldest: start - 1000, agesAt: start - 1000 }, start - 1000)
        await pause(10)
        full = evidence.between(start, now()).fullPool ?? []
      }
      for (const pipe of pipes) writeFileSync(pipe, 'late')
      await Promise.all(reads)
      evidence.stop()
      assert.equal(full[0]!.alone, expected)
    })
  }

  for (const [told, of] of [
    ['is not told where a free thread gets no CPU, on any Node', 'free'],
    ['is told of threads that compute, on a busy machine, too', 'computing']
  ] as const) {
    it(told, async function () {
      if (waitedForCpuMs() === 0) skip(this, 'the kernel does not tell how long threads wait for a CPU')
      this.timeout(60_000)
      const once = async (): Promise<Starved> => {
        const { stdout } = await promisify(execFile)(process.execPath, [path.join(__dirname, 'starved-pool.js'), of], {
          env: { ...process.env, UV_THREADPOOL_SIZE: '4' }
        })
        return JSON.parse(stdout) as Starved
      }
      const isRight = ({ toldShare, waitedMs }: Starved): boolean =>
        waitedMs > 100 && (of === 'free' ? toldShare < 0.1 : toldShare > 0.5)
      // Of two free threads one may wait after the other, and neither of them for nearly all the time.
      const seen: Starved[] = []
      while (seen.length < 5 && !seen.some(isRight)) seen.push(await once())
      assert.ok(seen.some(isRight), JSON.stringify(seen))
    })
  }

  it('is full of reads of whole files, which are listed or are known to be not', async () => {
    const pipe = path.join(folder, 'whole')
    execFileSync('mkfifo', [pipe])
    const read = promises.readFile(pipe, 'utf8')
    const { fs } = JSON.parse(answers.poolCalls())
    writeFileSync(pipe, 'late')
    await read
    assert.equal(fs >= 1, listsFileReads())
  })

  it('of a service has as many threads as UV_THREADPOOL_SIZE says there', async () => {
    const app = await runApp('full-pool.js', { env: { UV_THREADPOOL_SIZE: '2', PERFAGENT_SLOW_MS: '300' } })
    const seen = new Set<Report>()
    const asked = async (): Promise<string> => {
      await app.get('/behind')
      const report = await app.report(one => !seen.has(one))
      seen.add(report)
      return report.verdict.summary
    }
    // In the first the agent's thread starts, and a busy machine may ask too late in another.
    const said: string[] = []
    const right =
      /full for .* \(\d+ × fs\) while .* (?:a call in it|nobody times); most likely its own calls filled it: it alone was in flight/
    while (said.length < 5 && !right.test(said.at(-1) ?? '')) said.push(await asked())
    await app.stop()
    assert.match(said.at(-1)!, right, `fs alone fills two threads, and of one request: ${said.join('\n')}`)
  })
})
