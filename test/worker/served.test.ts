import assert from 'node:assert/strict'
import { MessageChannel } from 'node:worker_threads'
import type { Inspected } from '../../lib/evidence/inspector.js'
import { readConfig } from '../../lib/options/config.js'
import { now } from '../../lib/process/clock.js'
import type { Request } from '../../lib/record/request.js'
import { createSlots } from '../../lib/record/slots.js'
import type { AheadCall, Report, Timeline } from '../../lib/types.js'
import { weightOf } from '../../lib/worker/backlog.js'
import { type ServedOptions, serve } from '../../lib/worker/served.js'
import { createShared, doneWeight, setBeating, unreported } from '../../lib/worker/shared.js'
import { createUntold } from '../../lib/worker/untold.js'
import { sampleReport } from '../sample-report.js'
import { command, query, timeline } from '../verdict/timeline.js'

/** Without an inspector, unless there is `ask`, which answers what the agent thread asks. */
function served(part: Partial<ServedOptions> & { ask?: (call: string) => Promise<string> } = {}) {
  const { port1, port2 } = new MessageChannel()
  const { ask, ...options } = part
  const inspected = { post: async () => ({}), ask, on() {}, disconnect() {} } as unknown as Inspected
  const shared = createShared()
  const sent: Report[] = []
  const thread = serve({
    thread: undefined,
    port: port1,
    shared,
    evidence: { profile: false, profileIntervalMs: 10, mayInspect: ask !== undefined },
    ...(ask && { thread: { id: 1, name: '' }, target: { task: '', inspect: async () => inspected } }),
    inAllReports: { service: sampleReport().service, root: '/srv/shop', config: readConfig({ env: {} }).config },
    untold: createUntold({ now, isExiting: () => false, count: () => {} }),
    pend: () => {},
    onEnd() {},
    pass: async report => report,
    send: report => void sent.push(report),
    isExiting: () => false,
    ...options
  })
  return {
    thread,
    shared,
    sent,
    async explain(...timelines: Timeline[]): Promise<void> {
      for (const timeline of timelines) thread.handle({ type: 'slow', timeline })
      await thread.explained(20_000)
    },
    leave() {
      thread.leave()
      port1.close()
      port2.close()
    }
  }
}

const nextTurn = () => new Promise(resolve => setImmediate(resolve))

/** Has answered a look, which found this request, with all that came of it. */
async function lookingAt(found: Timeline) {
  let looked = 0
  const one = served({
    ask: async call => {
      if (call !== 'overdue()') return ''
      looked++
      return JSON.stringify([found])
    }
  })
  createSlots(one.shared).take({ start: 1, thresholdMs: 1 } as Request)
  await one.thread.starting
  one.thread.tick(1000)
  assert.equal(looked, 1)
  await new Promise(resolve => setImmediate(resolve))
  await one.thread.explained(20_000)
  return one
}

const dropped = (reports: number): Timeline['dropped'] => ({ operations: 0, reports })

describe('a thread that is served', () => {
  it('has many slow requests explained one after the other, between which the agent thread does all else', async () => {
    let turns = 0
    let spinning = setImmediate(function spin() {
      turns++
      spinning = setImmediate(spin)
    })
    const sentAt: number[] = []
    const { thread, explain, leave } = served({ send: () => void sentAt.push(turns) })
    // None is given up, however slow this machine is.
    const end = now() + 60_000
    const explained = explain(
      ...Array.from({ length: 50 }, (_, id) => ({ ...timeline({ id, durationMs: 600 }), start: end - 600, end }))
    )
    const known = thread.gathered(20_000).then(() => sentAt.length)
    await explained
    clearImmediate(spinning)
    leave()
    assert.equal(sentAt.length, 50)
    assert.equal(new Set(sentAt).size, 50, 'each in a turn of its own')
    assert.ok((await known) < 50, 'all is known that they wait for before all are explained')
  })

  it('has a request told once that a look finds in the midst of its end, and those that were dropped before it', async () => {
    const ended = timeline({ id: 1, durationMs: 600, dropped: dropped(3) })
    const { sent, explain, leave } = await lookingAt(ended)
    assert.equal(sent.length, 0)
    await explain({ ...ended, dropped: dropped(0) })
    leave()
    assert.deepEqual(
      sent.map(({ dropped }) => dropped.reports),
      [3]
    )
  })

  it('is not looked at again for a second after one of a crowd was told', async () => {
    const operations = Array.from({ length: 300 }, (_, i) => query('SELECT 1', i, i + 1))
    let looked = 0
    const { thread, shared, leave } = served({
      ask: async call => {
        if (call !== 'overdue()') return ''
        looked++
        return JSON.stringify([timeline({ id: 1, status: 'running', durationMs: 600, operations })])
      }
    })
    createSlots(shared).take({ start: 1, thresholdMs: 1 } as Request)
    await thread.starting
    const first = now()
    const looks: number[] = []
    for (const afterMs of [0, 900, 60_000]) {
      thread.tick(first + afterMs)
      looks.push(looked)
      await nextTurn()
    }
    leave()
    assert.deepEqual(looks, [1, 1, 2])
  })

  it('has in the report of a request that runs what it waits for', async () => {
    const orders = query('SELECT * FROM orders', 10, Number.NaN)
    const { sent, leave } = await lookingAt(
      timeline({ id: 1, status: 'running', durationMs: 600, operations: [orders] })
    )
    leave()
    assert.deepEqual(
      sent.map(({ operations, verdict }) => [operations[0]!.durationMs, verdict.cause]),
      [[null, 'db.slow_query']]
    )
  })

  it('has it told of a running request that a command stands behind one that is not answered yet', async () => {
    const keys: AheadCall = {
      ...command('KEYS *', 1, Number.NaN),
      request: { id: 2, method: 'GET', route: '/', traceId: '' }
    }
    const get = command('GET a', 20, Number.NaN, { ahead: { until: Number.NaN, call: keys } })
    const { sent, leave } = await lookingAt(timeline({ id: 1, durationMs: 600, status: 'running', operations: [get] }))
    leave()
    assert.match(sent[0]!.verdict.summary, /KEYS of GET \/ was before it, which has not been answered yet/)
  })

  it('has told with a report what the thread had dropped, and what a report would have told that was dropped here', async () => {
    const { sent, explain, leave } = served({
      pass: async report => (report.request.path === '/dropped' ? null : report)
    })
    await explain(timeline({ id: 1, durationMs: 600, path: '/dropped', dropped: dropped(2) }))
    await explain(timeline({ id: 2, durationMs: 600, path: '/told', dropped: dropped(3) }))
    leave()
    assert.deepEqual(
      sent.map(({ dropped }) => dropped.reports),
      [5]
    )
  })

  it('makes room for as much as was handed over, once it is explained', async () => {
    const { shared, explain, leave } = served()
    const heavy = timeline({ id: 1, durationMs: 600, operations: [1, 2, 3].map(i => query('SELECT 1', i, 500)) })
    await explain(heavy)
    await new Promise(resolve => setImmediate(resolve))
    leave()
    assert.equal(doneWeight(shared), weightOf(heavy))
  })

  it('counts a request as lost that was seen to run, until its report is made', async () => {
    const running = timeline({ id: 1, status: 'running', durationMs: 600 })
    const { thread, shared, leave } = served({
      ask: async call => (call === 'overdue()' ? JSON.stringify([running]) : '')
    })
    createSlots(shared).take({ start: 1, thresholdMs: 1 } as Request)
    await thread.starting
    thread.tick(1000)
    let most = 0
    for (let job = 0; job < 50; job++) {
      await Promise.resolve()
      most = Math.max(most, unreported(shared, 1).lost)
    }
    await nextTurn()
    await thread.explained(20_000)
    leave()
    assert.deepEqual([most, unreported(shared, 1).lost], [1, 0])
  })

  it('has no request told as running whose end has been told', async () => {
    const { thread, sent, explain, leave } = served()
    const ended = timeline({ id: 1, durationMs: 600 })
    await explain(ended)
    thread.handle({ type: 'running', timelines: [{ ...ended, status: 'running' }] })
    await thread.explained(20_000)
    leave()
    assert.deepEqual(
      sent.map(({ status }) => status),
      ['finished']
    )
  })

  it('has none told as running behind the report of its end, though it was seen to run before', async () => {
    const { thread, sent, explain, leave } = served()
    const ended = timeline({ id: 1, durationMs: 600 })
    thread.handle({ type: 'running', timelines: [{ ...ended, status: 'running', end: ended.end - 50 }] })
    await explain(ended)
    leave()
    assert.deepEqual(
      sent.map(({ status }) => status),
      ['finished']
    )
  })

  it('has the samples of a request that has ended kept until it is explained', async () => {
    let heard: (finished: { title: string; profile: object }) => void = () => {}
    const began = now()
    let from = began - 10_000
    const inspected = {
      post: async () => ({}),
      async ask(call: string) {
        const [, title] = /^rotate\('.*','(.+)'\)$/.exec(call) ?? []
        const [startTime, endTime] = [from * 1000, now() * 1000]
        if (title) {
          from = now()
          heard({ title, profile: { nodes: [], startTime, endTime, samples: [], timeDeltas: [] } })
        }
        return call.startsWith('rotate') ? '{"start":0,"end":0}' : '[]'
      },
      on(_: string, handler: typeof heard) {
        heard = handler
      },
      disconnect() {}
    } as unknown as Inspected
    const { thread, shared, sent, explain, leave } = served({
      thread: { id: 1, name: '' },
      target: { task: '', inspect: async () => inspected },
      evidence: { profile: true, profileIntervalMs: 10 }
    })
    const evidence = await thread.starting
    while (evidence.between(0, 1).missing.some(reason => reason.startsWith('cpu profile'))) await nextTurn()
    const slots = createSlots(shared)
    const request = { start: began - 9000, thresholdMs: Number.POSITIVE_INFINITY } as Request
    slots.take(request)
    setBeating(shared, true)
    // It is long ago that the first window ended, and the second has just begun.
    thread.tick(now() + 3000)
    await nextTurn()
    slots.give(request)
    thread.tick(now() + 6000)
    const explained = explain({ ...timeline({ id: 1, durationMs: 1 }), start: began - 9000, end: now() })
    thread.tick(now() + 9000)
    await explained
    leave()
    assert.equal(sent[0]!.evidence.cpu?.coverageShare, 1)
  })

  it('is asked by nobody once it has left', () => {
    const { thread, leave } = served()
    thread.handle({ type: 'hooks', reports: true, decides: true })
    assert.deepEqual([thread.hooks.reports, thread.hooks.decides], [true, true])
    leave()
    assert.deepEqual([thread.hooks.reports, thread.hooks.decides], [false, false])
  })

  it('has no report wait for its hooks that has ended meanwhile, and another thread tells that it was lost', async () => {
    const untold = createUntold({ now, isExiting: () => false, count: () => {} })
    const { thread, leave } = served({ untold })
    const decided = thread.decide(sampleReport())
    leave()
    assert.equal(await decided, null)
    const { request } = sampleReport()
    const other = served({ untold })
    await other.explain(timeline({ id: 1, durationMs: 600, ...request }))
    other.leave()
    assert.deepEqual(
      other.sent.map(({ dropped }) => dropped.reports),
      [1]
    )
  })

  it('has no report wait for its hooks that is made after it has ended', async () => {
    const { thread, leave } = served()
    thread.end()
    assert.equal(await thread.decide(sampleReport()), null)
    leave()
  })

  it('has told by another, once it has ended, what was lost of it', async () => {
    const untold = createUntold({ now, isExiting: () => false, count: () => {} })
    const ended = served({ untold, pass: async () => null })
    await ended.explain(timeline({ id: 1, durationMs: 600, dropped: dropped(3) }))
    ended.leave()
    const other = served({ untold })
    await other.explain(timeline({ id: 1, durationMs: 600 }))
    other.leave()
    assert.deepEqual(
      other.sent.map(({ dropped }) => dropped.reports),
      [3]
    )
  })
})
