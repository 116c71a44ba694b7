import assert from 'node:assert/strict'
import { MessageChannel } from 'node:worker_threads'
import { readConfig } from '../../lib/config.js'
import { serve } from '../../lib/worker/served.js'
import { createShared } from '../../lib/worker/shared.js'
import { sampleReport } from '../sample-report.js'
import { timeline } from '../verdict/timeline.js'

describe('a thread that is served', () => {
  it('has many slow requests explained one after the other, between which the agent thread does all else', async () => {
    const { port1, port2 } = new MessageChannel()
    const { config } = readConfig({ env: {} })
    let turns = 0
    let spinning = setImmediate(function spin() {
      turns++
      spinning = setImmediate(spin)
    })
    const sentAt: number[] = []
    const served = serve({
      thread: undefined,
      port: port1,
      shared: createShared(),
      evidence: { profile: false, profileIntervalMs: 10, mayInspect: false },
      told: { service: sampleReport().service, root: '/srv/shop', config },
      onEnd() {},
      pass: async report => report,
      send: () => void sentAt.push(turns),
      isExiting: () => false
    })
    for (let id = 1; id <= 50; id++) {
      // Of no route so many that they are given up when they wait for long.
      served.handle({ type: 'slow', timeline: timeline({ id, route: `/${id % 10}`, durationMs: 600 }) })
    }
    await served.explained(20_000)
    clearImmediate(spinning)
    served.leave()
    port1.close()
    port2.close()
    assert.equal(sentAt.length, 50)
    assert.equal(new Set(sentAt).size, 50, 'each in a turn of its own')
  })
})
