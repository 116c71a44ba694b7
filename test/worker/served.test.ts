import assert from 'node:assert/strict'
import { MessageChannel } from 'node:worker_threads'
import type { Inspected } from '../../lib/evidence/inspector.js'
import { readConfig } from '../../lib/options/config.js'
import { now } from '../../lib/process/clock.js'
import type { Request } from '../../lib/record/request.js'
import { createSlots } from '../../lib/record/slots.js'
import type { Report } from '../../lib/types.js'
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
      // None is given up, however slow this machine is.
      const end = now() + 60_000
      served.handle({ type: 'slow', timeline: { ...timeline({ id, durationMs: 600 }), start: end - 600, end } })
    }
    await served.explained(20_000)
    clearImmediate(spinning)
    served.leave()
    port1.close()
    port2.close()
    assert.equal(sentAt.length, 50)
    assert.equal(new Set(sentAt).size, 50, 'each in a turn of its own')
  })

  it('has a request told once that a look finds in the midst of its end, and those that were dropped before it', async () => {
    const { port1, port2 } = new MessageChannel()
    const shared = createShared()
    const ended = timeline({ id: 1, durationMs: 600, dropped: { operations: 0, reports: 3 } })
    createSlots(shared).take({ start: 1, thresholdMs: 1 } as Request)
    let looked = 0
    const look = async (call: string): Promise<string> => {
      if (call !== 'overdue()') return ''
      looked++
      return JSON.stringify([ended])
    }
    const inspected = { post: async () => ({}), look, on() {}, disconnect() {} } as unknown as Inspected
    const sent: Report[] = []
    const served = serve({
      thread: { id: 1, name: '' },
      port: port1,
      shared,
      evidence: { profile: false, profileIntervalMs: 10 },
      target: { task: '', inspect: async () => inspected },
      told: { service: sampleReport().service, root: '/srv/shop', config: readConfig({ env: {} }).config },
      onEnd() {},
      pass: async report => report,
      send: report => void sent.push(report),
      isExiting: () => false
    })
    await served.starting
    served.tick(1000)
    assert.equal(looked, 1)
    await served.explained(20_000)
    served.handle({ type: 'slow', timeline: { ...ended, dropped: { operations: 0, reports: 0 } } })
    await served.explained(20_000)
    served.leave()
    port1.close()
    port2.close()
    assert.deepEqual(
      sent.map(({ dropped }) => dropped.reports),
      [3]
    )
  })
})
