// Reports as log records: the verdict's sentence as the body, the whole report as JSON in an attribute; and how many did not
// arrive. Pure.

import type { Report } from '../types.js'
import { anyValue, attributes, byService, resourceOf, scopeOf, threadOf } from './attributes.js'
import type { Message } from './messages.js'
import { methodAttributes } from './operation.js'

const SEVERITY = { number: 13, text: 'WARN' }
const SAMPLED = 0x1

export interface LogSources {
  /** So many reports did not arrive before these. */
  lost?: number
  /** A report's CPU samples as base64 of gzip pprof: they become a record of their own, as Splunk's agents send them. */
  profileOf?: (report: Report) => string | undefined
  /** Reports wait as JSON: to make it anew takes a quarter of the time in which they become a message and its bytes. */
  jsonOf?: (report: Report) => string
}

/** Undefined when there is nothing to send. */
export function logRecords(
  reports: Report[],
  agentVersion: string,
  { lost = 0, profileOf = () => undefined, jsonOf = JSON.stringify }: LogSources = {}
): Message<'ExportLogsServiceRequest'> | undefined {
  if (reports.length === 0) return undefined
  return {
    resourceLogs: byService(reports).map((group, i) => ({
      resource: resourceOf(group[0]!.service, agentVersion),
      scopeLogs: [
        {
          scope: scopeOf(agentVersion),
          logRecords: [
            ...(lost > 0 && i === 0 ? [lostRecord(group[0]!, lost)] : []),
            ...group.map(report => logRecord(report, jsonOf(report)))
          ]
        },
        ...profileScope(group, profileOf)
      ]
    }))
  }
}

function profileScope(reports: Report[], profileOf: (report: Report) => string | undefined): Message<'ScopeLogs'>[] {
  const records = reports.flatMap((report): Message<'LogRecord'>[] => {
    const profile = profileOf(report)
    if (profile === undefined) return []
    return [
      {
        timeUnixNano: Date.parse(report.at) + report.durationMs,
        body: anyValue(profile),
        attributes: attributes({
          'com.splunk.sourcetype': 'otel.profiling',
          'profiling.data.format': 'pprof-gzip-base64',
          'profiling.data.type': 'cpu',
          'profiling.data.total.frame.count': report.evidence.cpu?.stacks.reduce(
            (sum, { frames }) => sum + frames.length,
            0
          ),
          'profiling.instrumentation.source': 'continuous'
        }),
        flags: flagsOf(report),
        traceId: report.traceId,
        spanId: report.spanId
      }
    ]
  })
  return records.length > 0 ? [{ scope: { name: 'otel.profiling', version: '0.1.0' }, logRecords: records }] : []
}

const flagsOf = ({ sampled }: Report): number => (sampled === false ? 0 : SAMPLED)

function lostRecord(next: Report, lost: number): Message<'LogRecord'> {
  const at = Date.parse(next.at)
  return {
    timeUnixNano: at,
    severityNumber: SEVERITY.number,
    severityText: SEVERITY.text,
    body: anyValue(`${lostReports(lost)} lost before this one`),
    attributes: attributes({ 'perfagent.lost_reports': lost }),
    observedTimeUnixNano: at,
    eventName: 'perfagent.reports_lost'
  }
}

const lostReports = (count: number): string =>
  count === 1 ? '1 report of a slow request was' : `${count} reports of slow requests were`

function logRecord(report: Report, json: string): Message<'LogRecord'> {
  const { request, verdict, traceId, spanId, durationMs } = report
  // When it was known: the end of the request, or the look at a running one.
  const knownAt = Date.parse(report.at) + durationMs
  return {
    timeUnixNano: knownAt,
    severityNumber: SEVERITY.number,
    severityText: SEVERITY.text,
    body: anyValue(verdict.summary),
    attributes: attributes({
      ...methodAttributes(request.method),
      'http.route': request.route,
      'http.response.status_code': request.statusCode,
      ...threadOf(report.thread),
      'perfagent.cause': verdict.cause,
      'perfagent.confidence': verdict.confidence,
      'perfagent.status': report.status,
      'perfagent.new_since': report.news?.since,
      'perfagent.report_id': report.id,
      'perfagent.duration_ms': durationMs,
      'perfagent.threshold_ms': report.thresholdMs,
      'perfagent.report': json
    }),
    flags: flagsOf(report),
    traceId,
    spanId,
    observedTimeUnixNano: knownAt,
    eventName: 'perfagent.slow_request'
  }
}
