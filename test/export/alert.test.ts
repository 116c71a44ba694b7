// Alerts: the rules as stories of reports, and a service whose webhook is told.

import assert from 'node:assert/strict'
import { alerts } from '../../lib/export/alert.js'
import { type Alert, createAlertRules } from '../../lib/export/alert-rules.js'
import { pack } from '../../lib/export/packed.js'
import { readConfig } from '../../lib/options/config.js'
import type { Cause, Report } from '../../lib/types.js'
import { runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { sampleReport } from '../sample-report.js'
import { fakeClock } from './clock.js'

const MINUTE_MS = 60_000
const BEGAN = Date.parse('2026-11-22T19:00:00Z')

interface Event {
  atMs: number
  route?: string
  cause?: Cause
  droppedReports?: number
  blockedMs?: number
  newSince?: string
  status?: Report['status']
}

function report({ atMs, route = '/orders', cause = 'gc', ...event }: Event): Report {
  const { droppedReports = 0, blockedMs = 0, newSince, status = 'finished' } = event
  const sample = sampleReport()
  return {
    ...sample,
    at: new Date(BEGAN + atMs).toISOString(),
    durationMs: 0,
    status,
    request: { ...sample.request, route },
    verdict: { ...sample.verdict, cause },
    news: newSince === undefined ? null : { since: newSince, usual: [] },
    evidence: {
      ...sample.evidence,
      blocks:
        blockedMs === 0
          ? []
          : [{ startMs: 0, durationMs: blockedMs, route: 'GET /export', traceId: null, frame: null, probes: 1 }]
    },
    dropped: { operations: 0, reports: droppedReports }
  }
}

describe('alerts', () => {
  const STORIES: Record<string, { events: Event[]; told: string[] }> = {
    'the first reports of a service are no news': { events: [{ atMs: 0 }, { atMs: 1, route: '/other' }], told: [] },
    'a cause that a route did not have is, once': {
      events: [{ atMs: 0 }, { atMs: 1, cause: 'cpu.own' }, { atMs: 2, cause: 'cpu.own' }],
      told: ['new_cause cpu.own']
    },
    'the end of a request that was told as running, for another cause, is no news of its route': {
      events: [{ atMs: 0, status: 'running', cause: 'unknown' }, { atMs: 1 }],
      told: []
    },
    'a cause that a route did not have is, once, while the request runs': {
      events: [{ atMs: 0 }, { atMs: 1, status: 'running', cause: 'cpu.own' }, { atMs: 2, cause: 'cpu.own' }],
      told: ['new_cause cpu.own']
    },
    'a route that becomes slow after ten minutes is': {
      events: [{ atMs: 0 }, { atMs: 11 * MINUTE_MS, route: '/other' }],
      told: ['new_cause gc']
    },
    'what is new since a deployment is, also at once': {
      events: [{ atMs: 0, newSince: '1.4.1' }],
      told: ['new_cause gc']
    },
    'many by one cause within a minute are, reported or not': {
      events: [{ atMs: 0 }, { atMs: 30_000, droppedReports: 8 }, { atMs: 31_000 }],
      told: ['rate gc']
    },
    'as many over several minutes are not': {
      events: Array.from({ length: 30 }, (_, i) => ({ atMs: i * 10_000 })),
      told: []
    },
    'a long hold of the loop is': { events: [{ atMs: 0, blockedMs: 3000 }], told: ['blocked gc'] },
    'a short one is not': { events: [{ atMs: 0, blockedMs: 1900 }], told: [] },
    'the same is told again after an hour': {
      events: [0, 30, 59, 61].map(minutes => ({ atMs: minutes * MINUTE_MS, blockedMs: 3000 })),
      told: ['blocked gc', 'blocked gc']
    },
    'the same is told again when the clock was set back': {
      events: [0, -120].map(minutes => ({ atMs: minutes * MINUTE_MS, blockedMs: 3000 })),
      told: ['blocked gc', 'blocked gc']
    },
    'a route that becomes slow after the clock was set back is': {
      events: [{ atMs: 0 }, { atMs: -120 * MINUTE_MS, route: '/other' }],
      told: ['new_cause gc']
    },
    'what was slow before the clock was set back is not within the same minute': {
      events: [{ atMs: 0, droppedReports: 8 }, { atMs: -120 * MINUTE_MS }],
      told: []
    }
  }
  for (const [title, { events, told }] of Object.entries(STORIES)) {
    it(title, () => {
      const rules = createAlertRules({ alertRate: 10, alertBlockedMs: 2000 })
      const found = events.flatMap(event => rules(report(event)))
      assert.deepEqual(
        found.map(({ alert, cause }) => `${alert} ${cause}`),
        told
      )
    })
  }

  it('tell of several holds of the loop the longest', () => {
    const rules = createAlertRules({ alertRate: 1000, alertBlockedMs: 2000 })
    const held = report({ atMs: 0, blockedMs: 1 })
    const [block] = held.evidence.blocks
    held.evidence.blocks = [100, 3000, 2500].map(durationMs => ({ ...block!, durationMs }))
    assert.match(rules(held)[0]!.text, / held for 3(?:\.0)? s by GET \/export\.$/)
  })

  it('are told again when their webhook could not be reached, and not judged again', async () => {
    const webhook = await startBackend({ status: 503 })
    const { config } = readConfig({ env: {}, code: { alertEndpoint: webhook.url } })
    const [destination] = alerts(config, fakeClock())
    const batch = [pack(report({ atMs: 0, blockedMs: 3000 }))]
    const send = () => destination!.send(batch, new AbortController().signal, 0)
    assert.equal((await send()).type, 'retry')
    webhook.answer = {}
    assert.equal((await send()).type, 'delivered')
    destination!.close?.()
    await webhook.close()
    const [first, second] = webhook.received
    assert.equal(JSON.parse(String(second?.body)).alerts.length, 1)
    assert.deepEqual(second!.body, first!.body)
  })

  it('call nobody in a channel by what a stranger asked for', async () => {
    const webhook = await startBackend()
    const { config } = readConfig({ env: {}, code: { alertEndpoint: webhook.url } })
    const [destination] = alerts(config, fakeClock())
    const asked = report({ atMs: 0, blockedMs: 3000 })
    asked.request.route = '/<!channel>&lt;'
    await destination!.send([pack(asked)], new AbortController().signal, 0)
    destination!.close?.()
    await webhook.close()
    const { text, alerts: told } = JSON.parse(String(webhook.received[0]!.body))
    assert.match(text, /^orders: GET \/&lt;!channel&gt;&amp;lt; saw /)
    assert.equal(told[0].route, 'GET /<!channel>&lt;')
  })

  it('no more than 20 an hour, and how many were kept back is told with the next', () => {
    const rules = createAlertRules({ alertRate: 1000, alertBlockedMs: 2000 })
    const at = (atMs: number, route: string) => rules(report({ atMs, route, newSince: '1' }))
    const first = Array.from({ length: 50 }, (_, i) => at(i, `/${i}`)).flat()
    assert.equal(first.length, 20)
    const [next] = at(61 * MINUTE_MS, '/next')
    assert.match(next!.text, /\(30 more alerts were kept back\.\)$/)
    const [later] = at(61 * MINUTE_MS + 1, '/later')
    assert.doesNotMatch(later!.text, /kept back/)
  })

  it("a service's webhook gets text for people and alerts for programs, each once; its address is printed nowhere", async () => {
    const webhook = await startBackend()
    const app = await runApp('reasons.js', {
      env: {
        PERFAGENT_ALERT_ENDPOINT: `${webhook.url}/hooks/sesame`,
        PERFAGENT_ALERT_BLOCKED_MS: '100',
        PERFAGENT_LOG_LEVEL: 'info'
      }
    })
    await app.get('/own')
    const { path, body } = await webhook.request()
    assert.equal(path, '/hooks/sesame')
    const { text, alerts } = JSON.parse(body.toString())
    assert.match(text, /GET \/own saw the event loop held for \d+ ms/)
    const { traceId } = await app.report()
    assert.deepEqual([alerts[0].alert, alerts[0].route, alerts[0].traceId], ['blocked', 'GET /own', traceId])
    // Where others have the CPUs a request is slow for that reason too, which is an alert of its own; one reason has to come twice.
    const reports = [await app.report()]
    while (new Set(reports.map(({ verdict }) => verdict.cause)).size === reports.length) {
      await app.get('/own')
      reports.push(await app.report(report => !reports.includes(report)))
    }
    const { stderr } = await app.stop({ stderr: /started/ })
    assert.doesNotMatch(stderr, /sesame/)
    const told = webhook.received.flatMap(request => JSON.parse(request.body.toString()).alerts as Alert[])
    const kinds = told.map(({ alert, cause }) => `${alert} ${cause}`)
    assert.deepEqual(kinds, [...new Set(kinds)])
    await webhook.close()
  })
})
