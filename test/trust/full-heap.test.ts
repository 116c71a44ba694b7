// A service whose heap is nearly full: the agent keeps nothing there that it can do without, says so once, tells one slow request
// in ten seconds by what lies elsewhere, counts the others, and explains again when there is room. And one whose heap is not, until much
// happens in a single turn, in which nobody can look.

import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { tried } from './table.js'

const LIMIT_MB = 64
/** V8 ends processes from 80 % on (51 MB). */
const FILLED_MB = 48
const HELD = 60
const OPERATIONS = 500
const UNTOLD = 5
/** With the 43 MB that operations of a burst would keep, more than there is. */
const HALF_MB = 30
const BURST = 200
const LINE =
  /^\[perfagent\] the heap is nearly full \(\d+ of 64 MB\): what requests do is not kept until there is room\n$/

const runFull = (slowRoutes: string): Promise<App> =>
  runApp('full-heap.js', {
    nodeArgs: [`--max-old-space-size=${LIMIT_MB}`, '--expose-gc'],
    env: {
      PERFAGENT_SLOW_MS: '600000',
      PERFAGENT_SLOW_ROUTES: slowRoutes,
      PERFAGENT_MAX_REPORTS_PER_MINUTE: '1000'
    }
  })

describe(`a heap of ${LIMIT_MB} MB`, function () {
  this.timeout(60_000)
  let app: App
  before(async () => {
    app = await runFull('GET /slow=50')
  })

  const heapBytes = async (): Promise<number> => Number((await app.get('/heap')).body)

  /** What requests in flight cost that have made many operations. */
  async function costOfHeld(): Promise<number> {
    const before = await heapBytes()
    const answers = Array.from({ length: HELD }, () => app.get(`/hold?of=${OPERATIONS}`))
    while (Number((await app.get('/held')).body) < HELD);
    const grown = (await heapBytes()) - before
    await app.get('/release')
    for (const { status } of await Promise.all(answers)) assert.equal(status, 200)
    return grown
  }

  it('that is nearly full gets nothing of requests in flight to keep, and has them explained again when it has room', async () => {
    const roomy = await costOfHeld()
    await app.get(`/fill?mb=${FILLED_MB}`)
    while (app.output.stderr === '') await app.get('/heap')
    const full = await costOfHeld()
    const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`
    assert.ok(full < roomy / 2, `${mb(roomy)} with room, ${mb(full)} without`)

    for (let i = 0; i <= UNTOLD; i++) assert.equal((await app.get('/slow')).status, 200)
    const { verdict } = await app.report()
    assert.match(verdict.summary, /heap was nearly full \(\d+ of 64 MB\)/)
    await app.get('/empty')
    let slow = UNTOLD + 1
    const ended = () => app.backend.reports.filter(({ status }) => status !== 'running')
    const dropped = () => ended().reduce((sum, report) => sum + report.dropped.reports, 0)
    const explained = () => ended().filter(report => !report.verdict.summary.includes('nearly full'))
    // Whoever begins before the agent has looked at the heap is counted, too.
    for (; explained().length === 0; slow++) await app.get('/slow')
    while (ended().length + dropped() < slow) await app.get('/heap')
    assert.equal(ended().length + dropped(), slow)
    const fewer = ended().length - explained().length - 1
    assert.ok(dropped() >= UNTOLD - fewer, `${dropped()} told as dropped`)
    await app.stop({ stderr: LINE })
    tried('a nearly full heap: requests in flight are not kept', HELD, 0, `${mb(full)} instead of ${mb(roomy)}`)
  })

  it('that is half full lives through a burst of operations which comes between two looks at it', async () => {
    const app = await runFull('')
    await app.get(`/fill?mb=${HALF_MB}`)
    const { body } = await app.get('/burst?of=1000')
    assert.equal(Number(body), BURST)
    assert.equal((await app.get('/release')).status, 200)
    // A look may see garbage.
    await app.stop({ stderr: new RegExp(`^$|${LINE.source}`) })
    tried('200,000 operations in one turn, 30 of 64 MB in use', BURST, 0, 'all live')
  })

  it('lives through a burst of calls that are all under way', async () => {
    const app = await runFull('')
    const { body } = await app.get('/under-way?of=300')
    assert.equal(Number(body), BURST)
    await app.stop({ stderr: new RegExp(`^$|${LINE.source}`) })
    tried('60,000 calls under way at once', BURST, 0, 'all live')
  })
})
