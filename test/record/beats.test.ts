import assert from 'node:assert/strict'
import { now } from '../../lib/process/clock.js'
import { createBeats } from '../../lib/record/beats.js'
import type { HeapWatch } from '../../lib/record/heap.js'
import type { Request } from '../../lib/record/request.js'
import type { Slots } from '../../lib/record/slots.js'
import type { Turns } from '../../lib/record/turns.js'

/** What turns are told, with a heap that is full or not and requests that say when they are let go of. */
function beatsWith({ isFull = false, becomesFull = false } = {}) {
  const told: string[] = []
  const turns = {
    beat: () => told.push('beat'),
    silent: (start: number, end: number, { id }: Request) => told.push(`${id} from ${start} to ${end}`),
    letGo: () => told.push('let go')
  } as unknown as Turns
  const heap: HeapWatch = {
    isFull,
    footprint: { bytes: 0, maxBytes: 0, maxFollowedBytes: 0 },
    wholeSince: 0,
    open() {},
    toTell: () => undefined,
    collected: () => becomesFull
  }
  const requests = [{ letGo: () => told.push('let go of') }, undefined] as unknown as Request[]
  return { told, beats: createBeats({ requests } as unknown as Slots, turns, heap, { hasRoom: () => true }, 0) }
}

const request = (id: number, start: number) => ({ id, start }) as Request

const aged = (route: string): Partial<Request> => ({
  start: now() - 60,
  thresholdMs: 500,
  facts: { method: 'GET' } as Request['facts'],
  route
})

describe('a heartbeat', () => {
  it('gives a long silence to the one request that has begun in it', () => {
    const { told, beats } = beatsWith()
    beats.newest = request(1, 100)
    beats.beat(150, 1)
    assert.deepEqual(told, ['beat', '1 from 100 to 150'])
  })

  it('gives it to nobody when two have begun, when it was short, or when it was before the last beat', () => {
    const { told, beats } = beatsWith()
    beats.newest = request(1, 100)
    beats.beat(110, 1)
    beats.noteSilence(300)
    beats.newest = request(3, 310)
    beats.beat(400, 1)
    assert.deepEqual(told, ['beat', 'beat'])
  })

  it('asks for turns of those whose report would be let through or is under way', () => {
    const asked = (usedUp: string, ...requests: Partial<Request>[]): boolean[] => {
      const told: boolean[] = []
      const beat: Turns['beat'] = (moment, _busyShare, tellable) =>
        told.push(tellable.hasAged(), tellable.beganBefore(moment - 30))
      const policy = { hasRoom: (_method: string, route: string) => route !== usedUp }
      const slots = { requests: [undefined, ...requests] } as unknown as Slots
      createBeats(slots, { beat } as Turns, { isFull: false } as HeapWatch, policy, 0).beat(now(), 1)
      return told
    }
    const one = aged('/a')
    const early = { ...one, thresholdMs: 5000 }
    const late = { ...early, start: now() + 1000 }
    assert.deepEqual(asked('', late, one), [true, true])
    assert.deepEqual(asked('', late, early), [false, true])
    assert.deepEqual(asked('', late), [false, false])
    assert.deepEqual(asked('/a', late, early, one), [false, false])
    assert.deepEqual(asked('/a', one, aged('/b')), [true, true])
    assert.deepEqual(asked('/a', one, { ...one, reportedRunning: true }), [true, true])
  })

  it('asks a few of the aged at each beat, and all of them in turn', () => {
    const slots = { requests: Array.from({ length: 1024 }, (_, i) => aged(i === 500 ? '/b' : '/a')) }
    let asked = 0
    const policy = {
      hasRoom(_method: string, route: string) {
        asked++
        return route === '/b'
      }
    }
    const found: boolean[] = []
    const beat: Turns['beat'] = (_moment, _busyShare, tellable) => found.push(tellable.hasAged())
    const turns = { beat } as Turns
    const beats = createBeats(slots as unknown as Slots, turns, { isFull: false } as HeapWatch, policy, 0)
    for (let i = 0; i < 16; i++) {
      asked = 0
      beats.beat(now(), 1)
      assert.ok(asked <= 100, `${asked} at a beat`)
    }
    assert.ok(found.includes(true), 'the one that would be reported')
    assert.equal(found[0], false)
  })

  it('watches nothing while the heap is full', () => {
    const { told, beats } = beatsWith({ isFull: true })
    beats.newest = request(1, 100)
    beats.beat(150, 1)
    assert.deepEqual(told, [])
  })

  it('has all be let go when a collection leaves it full, and nothing when it does not', () => {
    const full = beatsWith({ becomesFull: true })
    full.beats.collected()
    assert.deepEqual(full.told, ['let go', 'let go of'])
    const roomy = beatsWith()
    roomy.beats.collected()
    assert.deepEqual(roomy.told, [])
  })
})
