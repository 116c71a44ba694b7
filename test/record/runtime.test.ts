import assert from 'node:assert/strict'
import perf, { constants } from 'node:perf_hooks'
import { mock } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Pulse } from '../../lib/metrics/counting.js'
import { BEAT_MS } from '../../lib/process/beat.js'
import { now } from '../../lib/process/clock.js'
import { type Runtime, startRuntime } from '../../lib/record/runtime.js'
import type { Pause } from '../../lib/types.js'
import { createShared, isBeating } from '../../lib/worker/shared.js'

describe('collections of the heap', function () {
  this.timeout(30_000)
  let collect: () => void
  let runtime: Runtime | undefined
  before(() => {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  })
  afterEach(() => runtime?.stop())

  /** How many were told of a heap of which each beat collects once, when `enough` are. */
  const toldOf = (isFull: () => boolean, enough: (told: number, beats: number) => boolean): Promise<number> =>
    new Promise(resolve => {
      let told = 0
      let beats = 0
      const beat = (): void => {
        collect()
        beats++
        if (enough(told, beats)) resolve(told)
      }
      const pulse = { wake() {}, pause: () => told++, beat } as Partial<Pulse> as Pulse
      runtime = startRuntime(createShared(), { inFlight: () => 1, beat() {}, collected: isFull }, pulse)
    })

  const twentyBeats = (_told: number, beats: number): boolean => beats === 20

  it('are all told while the heap has room', async () => {
    const told = await toldOf(() => false, twentyBeats)
    assert.ok(told >= 18, `${told} of 20`)
  })

  it('are hardly told while it is full: what is made to tell them would bring the next one', async () => {
    const began = now()
    const told = await toldOf(() => true, twentyBeats)
    assert.ok(told <= 3 * (1 + (now() - began) / 1000), `${told} of 20`)
  })

  it('are all told again when it has room', async () => {
    let looks = 0
    await toldOf(
      () => ++looks === 1,
      told => told >= 20
    )
    assert.ok(looks > 10, `${looks} looks`)
  })
})

describe('what Node tells of collections', () => {
  const real = perf.PerformanceObserver
  /** Stands in for Node's observer: collections are told by hand. */
  let tell: (entries: object[]) => void
  let runtime: Runtime
  const pauses: Pause[] = []
  const MOMENT = 5000

  beforeEach(() => {
    pauses.length = 0
    class Observer {
      constructor(told: (list: { getEntries(): object[] }) => void) {
        tell = entries => told({ getEntries: () => entries })
      }
      observe(): void {}
      disconnect(): void {}
      takeRecords(): object[] {
        return []
      }
    }
    perf.PerformanceObserver = Observer as never
    mock.method(perf.performance, 'now', () => MOMENT)
    const pulse = { wake() {}, beat() {}, pause: pause => pauses.push(pause) } as Partial<Pulse> as Pulse
    runtime = startRuntime(createShared(), { inFlight: () => 1, beat() {}, collected: () => false }, pulse)
  })
  afterEach(() => {
    runtime.stop()
    perf.PerformanceObserver = real
    mock.restoreAll()
  })

  const KINDS: [of: number, kind: Pause['kind']][] = [
    [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
    [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
    [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
    [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb']
  ]
  const entry = (startTime: number, kind = constants.NODE_PERFORMANCE_GC_MINOR) => ({
    startTime,
    duration: 7,
    detail: { kind }
  })

  it('is told by its kind, with the time for which it stopped the thread', () => {
    tell(KINDS.map(([kind], i) => entry(4000 + 100 * i, kind)))
    const zero = now() - MOMENT
    assert.deepEqual(
      pauses.map(({ start, end, kind }) => [Math.round(start - zero), Math.round(end - zero), kind]),
      KINDS.map(([, kind], i) => [4000 + 100 * i, 4007 + 100 * i, kind])
    )
  })
})

describe('the heartbeat', () => {
  afterEach(() => mock.restoreAll())

  it('ends a second after the last request, and begins again with the next', async () => {
    const { performance } = perf
    const real = performance.now.bind(performance)
    let idleMs = 0
    mock.method(performance, 'now', () => real() + idleMs)
    let beats = 0
    let beaten = (): void => {}
    const beat = (): void => {
      beats++
      beaten()
    }
    const next = (): Promise<void> =>
      new Promise(resolve => {
        beaten = resolve
      })
    const shared = createShared()
    const runtime = startRuntime(shared, { inFlight: () => 0, beat, collected: () => false })
    await next()
    idleMs = 1001
    await next()
    const before = beats
    // Many times the distance of two.
    for (let i = 0; i < 10; i++) await pause(BEAT_MS)
    assert.equal(beats, before)
    runtime.wake()
    await next()
    runtime.stop()
  })

  it('goes on after a turn of more than a second that ended the last request', async () => {
    const shared = createShared()
    let inFlight = 1
    let end = (): void => {}
    const isGoingOn = await new Promise<boolean>(resolve => {
      const beat = (): void => {
        if (inFlight === 0) setImmediate(() => resolve(isBeating(shared)))
        else holdAndEnd()
      }
      const holdAndEnd = (): void => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1100)
        inFlight = 0
      }
      const pulse = { wake() {}, pause() {}, beat } as Partial<Pulse> as Pulse
      const runtime = startRuntime(shared, { inFlight: () => inFlight, beat() {}, collected: () => false }, pulse)
      end = runtime.stop
    })
    end()
    assert.ok(isGoingOn)
  })
})
