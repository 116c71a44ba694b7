import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { now } from '../../lib/clock.js'
import type { Pulse } from '../../lib/metrics/counting.js'
import { type Runtime, startRuntime } from '../../lib/record/runtime.js'
import { createShared } from '../../lib/worker/shared.js'

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
