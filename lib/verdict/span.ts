// What the application told OpenTelemetry's API of a span, as it may leave: statements and URLs masked, secrets out. Pure.

import { maskCommand } from '../scrub/redis.js'
import { maskSql } from '../scrub/sql.js'
import { maskUrl } from '../scrub/url.js'
import type { AttributeValue, ReportSpan, SpanAttributes, SpanDetail } from '../types.js'
import { roundMs } from './words.js'

export interface Scrub {
  redact(text: string): string
  isSecret(name: string): boolean
  sqlText: 'masked' | 'off'
}

const STATEMENT = /^db\.(?:statement|query\.text)$/
const HAS_URL = /^(?:url\.(?:full|path)|http\.(?:url|target))$/
const QUERY = 'url.query'
const COMMANDS = new Set(['redis', 'valkey', 'memcached'])

export function toReportSpan(span: SpanDetail, start: number, scrub: Scrub): ReportSpan {
  const { name, status, events, links, attributes } = span
  const text = (value: string): string => value.split('\n').map(scrub.redact).join('\n')
  return {
    ...span,
    name: text(name),
    status: { code: status.code, message: text(status.message) },
    attributes: scrubbed(attributes, scrub, text),
    events: events.map(event => ({
      name: text(event.name),
      startMs: roundMs(event.at - start),
      attributes: scrubbed(event.attributes, scrub, text),
      droppedAttributes: event.droppedAttributes
    })),
    links: links.map(link => ({ ...link, attributes: scrubbed(link.attributes, scrub, text) }))
  }
}

function scrubbed(attributes: SpanAttributes, scrub: Scrub, text: (value: string) => string): SpanAttributes {
  const system = String(attributes['db.system.name'] ?? attributes['db.system'] ?? '')
  const mask = (name: string, value: string): string => {
    if (STATEMENT.test(name)) return COMMANDS.has(system) ? maskCommand(value) : maskSql(value, system)
    if (HAS_URL.test(name)) return maskUrl(value)
    return name === QUERY ? maskUrl(`?${value}`).slice(1) : text(value)
  }
  const shown = ([name, value]: [string, AttributeValue]): [string, AttributeValue][] => {
    if (STATEMENT.test(name) && scrub.sqlText === 'off') return []
    if (scrub.isSecret(name)) return [[name, '?']]
    if (Array.isArray(value)) {
      return [[name, value.map(item => (typeof item === 'string' ? mask(name, item) : item))]]
    }
    return [[name, typeof value === 'string' ? mask(name, value) : value]]
  }
  return Object.fromEntries(Object.entries(attributes).flatMap(shown))
}
