// Each report as one JSON POST. Agent thread. The same report keeps its `perfagent-report-id` over all tries, so that a receiver can drop
// what it has. With a secret the body is signed; docs/http-exporter.md says how that is checked.

import { createHmac } from 'node:crypto'
import { addressOf } from './address.js'
import type { Exporter } from './exporter.js'
import { bytesOf, type Packed, unpack } from './packed.js'
import { pprofOf } from './profiles.js'
import { NO_TLS } from './tls.js'
import { createTransport } from './transport.js'

/**
 * One at a time, a backend that is 50 ms away would get 20 reports a second. And none would get more of them than the agent thread's loop
 * makes turns, each of which takes some milliseconds while it explains.
 */
const MAX_UNDER_WAY = 4

export const http: Exporter = {
  name: 'http',
  where: 'PERFAGENT_HTTP_ENDPOINT',
  destinations({ httpEndpoint, httpSecret, profiles }, io) {
    if (httpEndpoint === '') return []
    const address = addressOf(httpEndpoint)
    const transport = createTransport(address, NO_TLS, io, MAX_UNDER_WAY)
    return [
      {
        name: 'http',
        place: address.printed,
        maxBatch: 1,
        maxUnderWay: MAX_UNDER_WAY,
        send([report], signal, lost) {
          const body = profiles.includes('http') ? withProfile(report!) : bytesOf(report!)
          const headers: Record<string, string> = {
            'content-type': 'application/json',
            'perfagent-report-id': report!.id
          }
          if (lost > 0) headers['perfagent-lost-reports'] = String(lost)
          if (httpSecret) headers['perfagent-signature'] = signature(body, httpSecret, io.epochMs())
          return transport.post({ body: [body], headers, signal })
        },
        close: transport.close
      }
    ]
  }
}

function withProfile(packed: Packed): Uint8Array {
  const report = unpack(packed)
  const pprof = pprofOf(report)
  if (!pprof) return bytesOf(packed)
  report.evidence.cpu!.pprof = pprof.toString('base64')
  return Buffer.from(JSON.stringify(report))
}

/** The time is signed with the body, so that an old message cannot be sent again as new. */
export function signature(body: Uint8Array, secret: string, epochMs: number): string {
  const seconds = Math.floor(epochMs / 1000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex')}`
}
