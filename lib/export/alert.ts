// Alerts to a webhook: one JSON POST for those of a batch of reports (alert-rules.ts), none when there are none. Agent thread.
//
// The body has `text`, which is what Slack's and Mattermost's incoming webhooks show, and `alerts` for programs, in which nothing is
// escaped. The address of such a webhook is its password, so no line of a log has more of it than its host.

import type { Config } from '../options/config.js'
import type { Report } from '../types.js'
import { addressOf } from './address.js'
import { type Alert, createAlertRules } from './alert-rules.js'
import type { Destination, Io } from './exporter.js'
import { type Packed, unpack } from './packed.js'
import { NO_TLS } from './tls.js'
import { createTransport } from './transport.js'

const MAX_BATCH = 64

export function alerts(config: Config, io: Io): Destination[] {
  if (config.alertEndpoint === '') return []
  const address = addressOf(config.alertEndpoint)
  const transport = createTransport(address, NO_TLS, io)
  const rules = createAlertRules(config)
  // A batch that is tried again has been judged: the rules remember what they told.
  const judged = new WeakMap<Packed, AlertOfReport[]>()

  function alertsOf(packed: Packed): AlertOfReport[] {
    const known = judged.get(packed)
    if (known) return known
    const report = unpack(packed) as Report
    const found = rules(report).map(alert => described(alert, report))
    judged.set(packed, found)
    return found
  }

  return [
    {
      name: 'alert',
      place: new URL(address.url).origin,
      maxBatch: MAX_BATCH,
      async send(batch, signal) {
        const found = batch.flatMap(alertsOf)
        if (found.length === 0) return { type: 'delivered' }
        const text = escaped(found.map(alert => alert.text).join('\n'))
        const body = [Buffer.from(JSON.stringify({ text, alerts: found }))]
        return transport.post({ body, headers: { 'content-type': 'application/json' }, signal })
      },
      close: transport.close
    }
  ]
}

/** In Slack's text `<!channel>` calls everybody, and what stands in a path is a stranger's to choose. */
const escaped = (text: string): string => text.replace(/[&<>]/g, char => `&${ENTITIES[char]};`)
const ENTITIES: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt' }

type AlertOfReport = ReturnType<typeof described>

const described = (found: Alert, { id, traceId, at, durationMs, service, verdict }: Report) => ({
  ...found,
  service: service.name,
  serviceVersion: service.version,
  summary: verdict.summary,
  confidence: verdict.confidence,
  at,
  durationMs,
  reportId: id,
  traceId
})
