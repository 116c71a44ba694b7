import assert from 'node:assert/strict'
import { createSampler, type Ended, type SamplerName } from '../../lib/record/sampling.js'

const HIGH = `${'0'.repeat(18)}${'f'.repeat(14)}`
const LOW = `${'f'.repeat(18)}${'0'.repeat(14)}`
const make = (tracesSampler: SamplerName, tracesSamplerArg = 1, sampleShare = 0) =>
  createSampler({ tracesSampler, tracesSamplerArg, sampleShare })

const ended = (traceId: string, failed = false, sampled = true): Ended => ({
  failed,
  sampled,
  knownTraceId: traceId
})

describe('the sampled flag', () => {
  // sampler | its share | what it says to: no parent with a high id, with a low one, a parent that said yes, no
  const cases: [SamplerName, number, [boolean, boolean, boolean, boolean]][] = [
    ['slow', 1, [true, true, true, false]],
    ['always_on', 1, [true, true, true, true]],
    ['always_off', 1, [false, false, false, false]],
    ['traceidratio', 0.5, [true, false, true, true]],
    ['traceidratio', 0, [false, false, false, false]],
    ['traceidratio', 1, [true, true, true, true]],
    ['parentbased_always_on', 1, [true, true, true, false]],
    ['parentbased_always_off', 1, [false, false, true, false]],
    ['parentbased_traceidratio', 0.5, [true, false, true, false]]
  ]
  for (const [name, share, expected] of cases) {
    it(`of ${name}${name.includes('ratio') ? ` ${share}` : ''}`, () => {
      const { sampled, byTraceId } = make(name, share)
      assert.equal(byTraceId, share === 0.5)
      assert.deepEqual(
        [sampled(undefined, HIGH), sampled(undefined, LOW), sampled(true, HIGH), sampled(false, HIGH)],
        expected
      )
    })
  }
})

describe('spans of requests that were not slow', () => {
  it('leave by the flag with a standard sampler', () => {
    for (const sampled of [true, false]) {
      for (const failed of [true, false]) assert.equal(make('always_on').keeps(ended(LOW, failed, sampled)), sampled)
    }
  })

  it('leave by default when the request failed, or the trace is in the share', () => {
    const { keeps } = make('slow', 1, 0.01)
    assert.ok(keeps(ended(LOW, true)))
    assert.ok(keeps(ended(HIGH)))
    assert.ok(!keeps(ended(LOW)))
  })

  it('are about that share of random traces', () => {
    const { keeps } = make('slow', 1, 0.1)
    const hex = (): string => Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join('')
    const kept = Array.from({ length: 20_000 }, hex).filter(traceId => keeps(ended(traceId)))
    assert.ok(kept.length > 1700 && kept.length < 2300, `${kept.length} of 20000`)
  })

  it('are about that share of requests whose trace nobody else knows', () => {
    const { keeps } = make('slow', 1, 0.1)
    const request = { ...ended(LOW), knownTraceId: undefined }
    const kept = Array.from({ length: 20_000 }, () => keeps(request)).filter(Boolean)
    assert.ok(kept.length > 1700 && kept.length < 2300, `${kept.length} of 20000`)
  })
})
