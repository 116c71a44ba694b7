// Sends what the kernel saw of a slow request to a console, which shows it with the request's report: a log record of OTLP, in the
// trace of the request, like the report itself.

import { toJson } from '../otlp/encode.js'
import type { KernelTold, Report } from '../types.js'

const TOLD = 'perfagent.kernel'
const WITHIN_MS = 10_000

/** Rejects with what a person can act on. */
export async function tellConsole(
  url: string,
  token: string | undefined,
  { traceId, spanId, service }: Report,
  told: KernelTold
): Promise<void> {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const body = toJson('ExportLogsServiceRequest', {
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', service.name), text('service.instance.id', service.instance)] },
        scopeLogs: [{ logRecords: [{ traceId, spanId, attributes: [text(TOLD, JSON.stringify(told))] }] }]
      }
    ]
  })
  const response = await fetch(new URL('/v1/logs', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body,
    signal: AbortSignal.timeout(WITHIN_MS)
  }).catch(() => undefined)
  if (!response) throw new Error(`no console at ${url}: npx perfagent console starts one`)
  if (!response.ok) throw new Error(`the console at ${url} answered ${response.status}`)
}
