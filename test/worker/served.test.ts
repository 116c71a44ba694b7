import assert from 'node:assert/strict'
import { MessageChannel } from 'node:worker_threads'
import type { Inspected } from '../../lib/evidence/inspector.js'
import { readConfig } from '../../lib/options/config.js'
import { now } from '../../lib/process/clock.js'
import type { Request } from '../../lib/record/request.js'
import { createSlots } from '../../lib/record/slots.js'
import type { AheadCall, Report, Timeline } from '../../lib/types.js'
import { serve } from '../../lib/worker/served.js'
import { createShared } from '../../lib/worker/shared.js'
import { sampleReport } from '../sample-report.js'
import { command, timeline } from '../verdict/timeline.js'

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

  /** Whose looks find this one. */
  async function lookingAt(found: Timeline) {
    const { port1, port2 } = new MessageChannel()
    const shared = createShared()
    createSlots(shared).take({ start: 1, thresholdMs: 1 } as Request)
    const look = async (call: string): Promise<string> => (call === 'overdue()' ? JSON.stringify([found]) : '')
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
    await served.explained(20_000)
    const stop = (): void => {
      served.leave()
      port1.close()
      port2.close()
    }
    return { served, sent, stop }
  }

  it('has a request told once that a look finds in the midst of its end, and those that were dropped before it', async () => {
    const ended = timeline({ id: 1, durationMs: 600, dropped: { operations: 0, reports: 3 } })
    const { served, sent, stop } = await lookingAt(ended)
    assert.equal(sent.length, 0)
    served.handle({ type: 'slow', timeline: { ...ended, dropped: { operations: 0, reports: 0 } } })
    await served.explained(20_000)
    stop()
    assert.deepEqual(
      sent.map(({ dropped }) => dropped.reports),
      [3]
    )
  })

  it('has it told of a running request that a command stands behind one that is not answered yet', async () => {
    const keys: AheadCall = {
      ...command('KEYS *', 1, Number.NaN),
      request: { id: 2, method: 'GET', route: '/', traceId: '' }
    }
    const get = command('GET a', 20, Number.NaN, { ahead: { until: Number.NaN, call: keys } })
    const { sent, stop } = await lookingAt(timeline({ id: 1, durationMs: 600, status: 'running', operations: [get] }))
    while (sent.length === 0) await new Promise(resolve => setImmediate(resolve))
    stop()
    assert.match(sent[0]!.verdict.summary, /KEYS of GET \/ was before it, which has not been answered yet/)
  })
})
