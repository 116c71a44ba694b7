import assert from 'node:assert/strict'
import type { LoopTime } from '../../lib/metrics/loop-time.js'
import { createObserved } from '../../lib/metrics/observed.js'
import { createShared, writeBeat } from '../../lib/worker/shared.js'

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
