import assert from 'node:assert/strict'
import type { MetricsAnswer } from '../../lib/metrics/counting.js'
import type { LoopTime } from '../../lib/metrics/loop-time.js'
import { createObserved } from '../../lib/metrics/observed.js'
import type { Reading } from '../../lib/metrics/reading.js'
import { createShared, setBeating, writeBeat } from '../../lib/worker/shared.js'

const BEAT_MS = 10

it('beats that were written over before anybody read them are no delay of the event loop', () => {
  const shared = createShared()
  const delays: number[] = []
  const loopTime = { late: ms => void delays.push(ms) } as Partial<LoopTime> as LoopTime
  const observed = createObserved(shared, 0, loopTime, undefined)
  writeBeat(shared, 0, 0)
  observed.tick()
  for (let at = BEAT_MS; at <= 6000; at += BEAT_MS) writeBeat(shared, at, 0)
  writeBeat(shared, 6100, 0)
  observed.tick()
  assert.deepEqual(
    delays.filter(ms => ms > 0),
    [90]
  )
})

/** As the clock of the loop is told. */
const AS_TOLD: LoopTime = { late: () => {}, at: clock => clock }

const answer = (activeMs: number, idleMs: number): MetricsAnswer => ({
  loop: { activeMs, idleMs },
  heap: [],
  sources: []
})

/** By the name of the metric and its attributes. */
const valuesOf = (readings: Reading[]): Record<string, number> =>
  Object.fromEntries(
    readings.flatMap(({ name, points }) =>
      points.map(({ attributes, value }) => [[name, ...Object.values(attributes)].join(' '), value as number])
    )
  )

it('how late the loop was is told of the time since the last collection', () => {
  const shared = createShared()
  const observed = createObserved(shared, 0, AS_TOLD, undefined)
  let at = 0
  const beats = (...lateMs: number[]): Record<string, number> => {
    for (const late of lateMs) {
      at += BEAT_MS + late
      writeBeat(shared, at, 0)
      observed.tick()
    }
    return valuesOf(observed.readings(answer(0, at), at))
  }
  const first = beats(0, ...Array.from({ length: 100 }, (_, i) => 100 - i))
  const share = (name: string): number => Math.round(first[`nodejs.eventloop.delay.${name}`]! * 1000)
  assert.deepEqual(['min', 'p50', 'p90', 'p99', 'max'].map(share), [1, 50, 90, 99, 100])
  const second = beats(7)
  assert.equal(Math.round(second['nodejs.eventloop.delay.max']! * 1000), 7)
  assert.equal(Math.round(second['nodejs.eventloop.delay.p50']! * 1000), 7)
})

it('a loop that gives no answer was active since its last beat', () => {
  const shared = createShared()
  const observed = createObserved(shared, 0, AS_TOLD, undefined)
  setBeating(shared, true)
  assert.equal(valuesOf(observed.readings(answer(100, 900), 1000))['nodejs.eventloop.time active'], 0.1)
  writeBeat(shared, 1010, 105)
  const blocked = valuesOf(observed.readings(undefined, 1510))
  assert.equal(blocked['nodejs.eventloop.time active'], 0.605)
  assert.equal(blocked['nodejs.eventloop.time idle'], 0.905)
})

it('of a quota is told what was used of it since the start', () => {
  let usedSeconds = 5
  const observed = createObserved(createShared(), 0, AS_TOLD, () => ({ usedSeconds, cores: 2 }))
  usedSeconds = 7
  const told = valuesOf(observed.readings(undefined, 1000))
  assert.deepEqual(
    Object.entries(told).filter(([name]) => name.includes('CPU quota')),
    [
      ['perfagent.resource.busy_time CPU quota', 2],
      ['perfagent.resource.capacity CPU quota', 2]
    ]
  )
})
