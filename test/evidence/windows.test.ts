// When the profiler runs, and when it does not, told by what the main thread is asked to do.

import assert from 'node:assert/strict'
import type { Inspected } from '../../lib/evidence/inspector.js'
import { createWaits, type Waits } from '../../lib/evidence/waits.js'
import { startCpuWindows } from '../../lib/evidence/windows.js'

const NONE = Number.POSITIVE_INFINITY
const MINUTE = 60_000

const SET_UP = ['Profiler.enable', 'Profiler.setSamplingInterval']

function fake() {
  const asked: string[] = []
  const handlers = new Map<string, (told: never) => void>()
  const told = (event: string, params: object): void => handlers.get(`Profiler.${event}`)!(params as never)
  const main: Inspected = {
    post: async method => void (SET_UP.includes(method) || asked.push(method)),
    ask: async call => {
      asked.push(call)
      return '{"start":0,"end":0}'
    },
    on: (event, handler) => void handlers.set(event, handler),
    disconnect: () => {}
  }
  return { main, asked, told }
}

async function start(isWorker = false, ask?: Inspected['ask']) {
  const { main, asked, told } = fake()
  let moment = 1000
  const waited: number[] = []
  const waits: Waits = {
    async wait(ms) {
      waited.push(ms)
      moment += ms
    },
    hurry() {}
  }
  const { ask: answer } = main
  if (ask) main.ask = call => answer(call).then(() => ask(call))
  const windows = await startCpuWindows(main, 10, () => moment, waits, isWorker)
  // Rotations are over when their promises are.
  const tick = async (after: number, busy: boolean, oldest: number): Promise<string[]> => {
    asked.length = 0
    moment = 1000 + after
    windows.tick(moment, busy, oldest, oldest)
    await new Promise(resolve => setImmediate(resolve))
    return [...asked]
  }
  return { asked, told, tick, windows, waited }
}

describe('the rolling profile', () => {
  it('runs from the beginning', async () => {
    assert.deepEqual((await start()).asked, ["rotate('perfagent-0','')"])
  })

  it('has V8 start it in a worker by a command, for a stop that falls into an answer would be swallowed', async () => {
    const begun = ["rotate('','')", 'Profiler.start', "rotate('perfagent-0','')", 'Profiler.stop']
    assert.deepEqual((await start(true)).asked, begun)
  })

  it('leaves no profiler running in a worker whose first window does not begin', async () => {
    const { main, asked } = fake()
    const ask: Inspected['ask'] = async call => {
      if (call !== "rotate('','')") throw new Error('a debugger is attached')
      return main.ask(call)
    }
    await assert.rejects(
      startCpuWindows({ ...main, ask }, 10, () => 0, createWaits(), true),
      /debugger/
    )
    assert.deepEqual(asked.slice(-2), ['Profiler.start', 'Profiler.stop'])
  })

  it('begins a window before the last one ends, also while nobody calls', async () => {
    const { tick } = await start()
    assert.deepEqual(await tick(11_000, false, NONE), ["rotate('perfagent-1','perfagent-0')"])
  })

  it('asks for its windows in the same few words, of which the thread keeps what it has compiled', async () => {
    const { tick } = await start()
    const said = new Set<string>()
    for (let i = 1; i <= 50; i++) for (const call of await tick(i * 11_000, true, i * 11_000)) said.add(call)
    assert.deepEqual([...said], ["rotate('perfagent-1','perfagent-0')", "rotate('perfagent-0','perfagent-1')"])
  })

  it('ends no window that is shorter than 200 ms, so that requests which end soon after one another share one', async () => {
    const { asked, windows, waited } = await start()
    await Promise.all([windows.upTo(1010), windows.upTo(1150)])
    await windows.upTo(1190)
    assert.deepEqual([asked.length, waited[0]], [2, 200])
    await windows.upTo(1250)
    assert.deepEqual([asked.length, waited.at(-1)], [3, 200])
  })

  it('stops after five minutes without a request, and nobody waits for it', async () => {
    const { tick, windows } = await start()
    assert.deepEqual(await tick(5 * MINUTE + 1, false, NONE), ['Profiler.disable'])
    assert.deepEqual(await tick(6 * MINUTE, false, NONE), [])
    await windows.upTo(7 * MINUTE)
  })

  it('starts again when requests have come back and none is in flight', async () => {
    const { tick } = await start()
    await tick(6 * MINUTE, false, NONE)
    assert.deepEqual(await tick(7 * MINUTE, true, 7 * MINUTE), [])
    assert.deepEqual(await tick(7 * MINUTE + 10, true, 7 * MINUTE), [])
    assert.deepEqual(await tick(7 * MINUTE + 20, true, NONE), ["rotate('perfagent-1','')"])
    assert.deepEqual(await tick(7 * MINUTE + 30, true, NONE), [])
  })

  it('starts again among requests when there is always one in flight', async () => {
    const { tick } = await start()
    await tick(6 * MINUTE, false, NONE)
    await tick(7 * MINUTE, true, 7 * MINUTE)
    assert.deepEqual(await tick(7 * MINUTE + 10_001, true, 7 * MINUTE), ["rotate('perfagent-1','')"])
  })

  it('says of a request that began while it was stopped why it has no samples, and of no other', async () => {
    const { tick, windows } = await start()
    const missing = (from: number, to: number): string | undefined => windows.between(1000 + from, 1000 + to).missing
    assert.equal(missing(0, 5 * MINUTE), undefined)
    await tick(6 * MINUTE, false, NONE)
    assert.equal(missing(0, 5 * MINUTE), undefined)
    assert.match(missing(7 * MINUTE, 7 * MINUTE + 10)!, /^cpu profile: it had been stopped, as nobody had called/)
    await tick(7 * MINUTE, true, 7 * MINUTE)
    await tick(7 * MINUTE + 20, true, NONE)
    assert.match(missing(7 * MINUTE, 8 * MINUTE)!, /^cpu profile: it had been stopped, as nobody had called/)
    assert.equal(missing(7 * MINUTE + 30, 8 * MINUTE), undefined)
  })

  it('says so from its first stop on, where it could not begin again', async () => {
    let answers = true
    const { tick, windows } = await start(false, async () => (answers ? '{"start":0,"end":0}' : undefined))
    await tick(6 * MINUTE, false, NONE)
    answers = false
    await tick(7 * MINUTE, true, 7 * MINUTE)
    await tick(7 * MINUTE + 20, true, NONE)
    assert.match(windows.between(6.5 * MINUTE, 6.6 * MINUTE).missing!, /^cpu profile: it had been cut off/)
  })

  it('begins no window for whom it has let wait, once it is switched off', async () => {
    const { asked, windows } = await start()
    asked.length = 0
    const waited = windows.upTo(1010)
    await windows.stop()
    await waited
    assert.deepEqual(asked, ['Profiler.disable'])
  })

  it('throws away what a worker was sampled in its sleep, in which it was asked and could not answer', async () => {
    let wakes = (): void => {}
    const asleep = new Promise<void>(resolve => {
      wakes = resolve
    })
    let sleeps = false
    const ask = async (): Promise<string> => {
      if (sleeps) await asleep
      return '{"start":0,"end":0}'
    }
    const { asked, tick } = await start(true, ask)
    sleeps = true
    assert.deepEqual(await tick(11_000, false, NONE), ["rotate('','')"])
    await tick(4 * MINUTE, false, NONE)
    await tick(15 * MINUTE, true, 15 * MINUTE)
    asked.length = 0
    wakes()
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(asked, ['Profiler.disable'])
  })

  it('ends no window of a profile that has begun anew while a worker had not answered yet', async () => {
    let answers = (): void => {}
    const late = new Promise<void>(resolve => {
      answers = resolve
    })
    let sleeps = false
    const { asked, tick } = await start(true, async () => {
      if (sleeps) await late
      return '{"start":0,"end":0}'
    })
    sleeps = true
    await tick(11_000, false, NONE)
    await tick(6 * MINUTE, false, NONE)
    sleeps = false
    await tick(7 * MINUTE, true, 7 * MINUTE)
    assert.ok((await tick(7 * MINUTE + 10, true, NONE)).includes("rotate('perfagent-0','')"))
    asked.length = 0
    answers()
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(asked, [])
  })

  const unanswered = {
    'while a debugger is attached': async () => undefined,
    'where its question is cut off': async () => {
      throw new Error('Execution was terminated')
    }
  }
  for (const [when, ask] of Object.entries(unanswered))
    it(`leaves no window open ${when}, and asks now and then whether it may begin`, async () => {
      let answers = true
      const { tick } = await start(false, async () => (answers ? '{"start":0,"end":0}' : ask()))
      answers = false
      const [begin, end] = ["rotate('perfagent-1','perfagent-0')", 'Profiler.disable']
      assert.deepEqual(await tick(2000, true, NONE), [begin, end])
      assert.deepEqual(await tick(3000, true, NONE), [])
      await tick(4000, true, NONE)
      assert.deepEqual(await tick(4010, true, NONE), ["rotate('perfagent-0','')", end])
      answers = true
      await tick(6010, true, NONE)
      assert.deepEqual(await tick(6020, true, NONE), ["rotate('perfagent-1','')"])
      assert.deepEqual(await tick(8020, true, NONE), ["rotate('perfagent-0','perfagent-1')"])
    })
})

const ROOT = 1
const WORK = 2
const IDLE = 3

/** As V8 tells it, whose times are microseconds. */
function profile(start: number, end: number, samples: [at: number, node: number][]) {
  const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 8, columnNumber: 3 })
  const moments = [start, ...samples.map(([at]) => at)]
  return {
    nodes: [
      { id: ROOT, callFrame: frame('(root)'), children: [WORK, IDLE] },
      { id: WORK, callFrame: frame('work', 'file:///srv/my%20shop/a.js') },
      { id: IDLE, callFrame: frame('(idle)') }
    ],
    startTime: start * 1000,
    endTime: end * 1000,
    samples: samples.map(([, node]) => node),
    timeDeltas: samples.map(([at], i) => (at - moments[i]!) * 1000)
  }
}

/** Windows that have ended with these profiles, one after the other. */
async function ended(...profiles: ReturnType<typeof profile>[]) {
  let finish: (finished: { title: string; profile: unknown }) => void = () => {}
  let next = 0
  const main: Inspected = {
    post: async () => undefined,
    async ask(call) {
      const [, title = ''] = /^rotate\('.*','(.*)'\)$/.exec(call)!
      if (title !== '' && next < profiles.length) finish({ title, profile: profiles[next++] })
      return JSON.stringify({ start: next * 1000, end: next * 1000 + 5 })
    },
    on: (_, heard) => {
      finish = heard as typeof finish
    },
    disconnect: () => {}
  }
  let moment = 0
  const windows = await startCpuWindows(main, 10, () => moment, createWaits())
  for (let i = 0; i < profiles.length; i++) {
    moment += 3000
    windows.tick(moment, true, 0, 0)
    await new Promise(resolve => setImmediate(resolve))
  }
  return { windows, moment }
}

describe('the samples of a request', () => {
  it('last until the next, the last of a window to its end, and none beyond the request', async () => {
    const { windows } = await ended(
      profile(0, 100, [
        [10, WORK],
        [30, IDLE],
        [50, WORK],
        [90, WORK]
      ])
    )
    const whole = windows.between(0, 200).cpu
    assert.deepEqual(
      whole.samples.map(({ at, ms }) => [at, ms]),
      [
        [10, 20],
        [50, 40],
        [90, 10]
      ]
    )
    assert.deepEqual(whole.stacks, [[{ function: 'work', file: '/srv/my shop/a.js', line: 9, column: 4 }]])
    assert.deepEqual(
      windows.between(50, 95).cpu.samples.map(({ at, ms }) => [at, ms]),
      [
        [50, 40],
        [90, 5]
      ]
    )
  })

  it('are told once where two windows show them, and cover what lies in the request', async () => {
    const { windows } = await ended(
      profile(0, 100, [[95, WORK]]),
      profile(90, 200, [
        [95, WORK],
        [150, WORK]
      ])
    )
    const { samples, coverageShare } = windows.between(50, 250).cpu
    assert.deepEqual(
      samples.map(({ at }) => at),
      [95, 150]
    )
    assert.equal(coverageShare, 0.75)
  })

  it('are kept as long as a request that they are of is in flight, or to be told of', async () => {
    const { windows, moment } = await ended(profile(0, 100, [[95, WORK]]))
    const count = (): number => windows.between(50, 100).cpu.samples.length
    windows.tick(moment + 10, true, NONE, 50)
    assert.equal(count(), 1)
    windows.tick(moment + 20, true, NONE, 101)
    assert.equal(count(), 0)
  })
})

describe("the profiler's own pauses", () => {
  it('are known of the last sixty windows', async () => {
    const { windows } = await ended(...Array.from({ length: 100 }, () => profile(0, 1, [])))
    assert.equal(windows.between(0, 1e9).agent.length, 60)
  })
})

describe('beside profiles that the application begins by console.profile(), the rolling profile', () => {
  const LAST = { id: '1', title: 'perfagent-0', profile: profile(0, 100, [[50, WORK]]) }

  it('goes on with another window where an untitled profileEnd() has ended its own, whose samples it has', async () => {
    const { asked, told, tick, windows } = await start()
    told('consoleProfileStarted', { id: '2', title: '' })
    asked.length = 0
    told('consoleProfileFinished', LAST)
    assert.deepEqual(asked, ["rotate('perfagent-1','')"])
    assert.equal(windows.between(0, 100).cpu.samples.length, 1)
    assert.deepEqual(await tick(2000, true, 0), ["rotate('perfagent-0','perfagent-1')"])
  })

  it('rests where none runs on, for V8 would stand still to begin', async () => {
    const { asked, told, tick, windows } = await start()
    told('consoleProfileStarted', { id: '2', title: 'their' })
    told('consoleProfileFinished', { id: '2', title: 'their', profile: profile(0, 100, []) })
    asked.length = 0
    told('consoleProfileFinished', LAST)
    assert.deepEqual(asked, ['Profiler.disable'])
    assert.match(windows.between(900, 1100).missing!, /the application had ended it/)
    await tick(2000, true, NONE)
    assert.deepEqual(await tick(2010, true, NONE), ["rotate('perfagent-1','')"])
  })

  it('has V8 throw away one that nobody has ended for a minute', async () => {
    const { told, tick } = await start()
    told('consoleProfileStarted', { id: '2', title: 'their' })
    assert.deepEqual(await tick(MINUTE - 1, true, NONE), ["rotate('perfagent-1','perfagent-0')"])
    assert.deepEqual(await tick(MINUTE, true, NONE), ['Profiler.disable'])
    await tick(MINUTE + 2000, true, NONE)
    assert.deepEqual(await tick(MINUTE + 2010, true, NONE), ["rotate('perfagent-0','')"])
    assert.deepEqual(await tick(2 * MINUTE, true, NONE), ["rotate('perfagent-1','perfagent-0')"])
  })

  it('has V8 throw them away before they are a hundred, when it would make no other, once a minute at most', async () => {
    const { told, tick, windows } = await start()
    for (let i = 0; i < 50; i++) told('consoleProfileStarted', { id: `2.${i}`, title: 'their' })
    assert.deepEqual(await tick(100, true, NONE), ['Profiler.disable'])
    assert.match(windows.between(1000, 1200).missing!, /profiles of the application stayed open/)
    await tick(MINUTE - 1, true, NONE)
    assert.deepEqual(await tick(MINUTE - 1, true, NONE), [])
    await tick(MINUTE, true, NONE)
    assert.deepEqual(await tick(MINUTE + 10, true, NONE), ["rotate('perfagent-1','')"])
  })
})
