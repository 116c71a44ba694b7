// A request that was slow among hundreds: thousands of turns of others, blocks that nobody was found in, pauses, looks at the kernel.
// The agent thread explains one after the other, and what waits for it grows old.

import assert from 'node:assert/strict'
import { growthBy } from '../scrub/growth.js'
import {
  block,
  evidence,
  explain,
  kernel,
  OWN_ID,
  other,
  own,
  pause,
  probe,
  samples,
  stack,
  turns
} from './timeline.js'

const MOST_TURNS = 4096
const REQUESTS = 50
const EACH_MS = 0.5

/** Twice a millisecond another request has its turn; each 16 ms the thread waits for a CPU, each 64 it is blocked, and collects. */
function crowd(count: number): { given: Parameters<typeof explain>[0]; seen: ReturnType<typeof evidence> } {
  const durationMs = count * EACH_MS
  const stretches = Array.from({ length: count }, (_, i): [number, number, number] => {
    const id = i % REQUESTS === 0 ? OWN_ID : 100 + (i % REQUESTS)
    return [i * EACH_MS, (i + 0.9) * EACH_MS, id]
  })
  const each = <Item>(ms: number, make: (at: number) => Item): Item[] =>
    Array.from({ length: Math.floor(durationMs / ms) }, (_, i) => make(i * ms))
  const requests = Array.from({ length: REQUESTS }, (_, i) => other(`GET /route-${i % 5}`, 100 + i))
  return {
    given: {
      durationMs,
      concurrency: 200,
      turns: turns(requests, ...stretches)
    },
    seen: evidence({
      pauses: each(64, at => pause(at + 10, at + 12)),
      blocks: each(64, at => block(at, at + 35)),
      cpu: samples(
        ...each(40, (at): [number, number, ReturnType<typeof stack>] => [at, at + 40, stack('work src/a.js:3')])
      ),
      kernel: kernel(durationMs, { waits: each(16, at => [at, at + 2]) })
    })
  }
}

describe('a request that was slow among hundreds', () => {
  it('is explained as such', () => {
    const { given, seen } = crowd(1024)
    const { verdict } = explain(given, seen)
    assert.equal(verdict.cause, 'loop.saturated')
    assert.match(verdict.summary, /in many small turns, with 200 or more requests in flight: GET \/route-\d 20 %/)
  })

  it('is explained in a time that is linear in its turns', function () {
    this.timeout(60_000)
    const ratios: number[] = []
    // A busy machine, or a collection, only ever adds. It was 12 to 15 when turns were searched again and again.
    while (ratios.length < 3 && !ratios.some(isLinear))
      ratios.push(
        growthBy(count => {
          const { given, seen } = crowd(count)
          return () => explain(given, seen)
        }, MOST_TURNS)
      )
    assert.ok(ratios.some(isLinear), `${ratios}`)
  })

  it('is explained in such a time also when its turns are blocks, in each of which somebody was found', function () {
    this.timeout(60_000)
    const ratios: number[] = []
    while (ratios.length < 3 && !ratios.some(isLinear))
      ratios.push(
        growthBy(count => {
          const { given, seen } = blocked(count)
          return () => explain(given, seen)
        }, MOST_BLOCKS)
      )
    assert.ok(ratios.some(isLinear), `${ratios}`)
  })
})

/** Of four times the turns. */
const isLinear = (ratio: number): boolean => ratio < 9

const MOST_BLOCKS = 1024

/** Each 50 ms a turn holds the loop for 35, found by two probes. */
function blocked(count: number): { given: Parameters<typeof explain>[0]; seen: ReturnType<typeof evidence> } {
  const each = <Item>(make: (at: number, i: number) => Item): Item[] =>
    Array.from({ length: count }, (_, i) => make(i * 50, i))
  const frames = stack('work src/a.js:3')
  return {
    given: {
      durationMs: count * 50,
      concurrency: 5,
      turns: turns([other('GET /x')], ...each((at, i): [number, number, number] => [at, at + 35, i % 3 ? 99 : OWN_ID]))
    },
    seen: evidence({
      blocks: each(at => block(at, at + 35, probe(at + 31, own, frames), probe(at + 33, own, frames)))
    })
  }
}
