// The rows of the option table about what an application sees of its traces: ids in its log lines, and spans that it makes by
// OpenTelemetry's API, within the limits of its specification. Data only.

import { choices, number, row } from './types.js'

/** A general limit is the default of one limit alone: a bad value is said once. */
const count = (name: string, what: string, ...also: string[]) =>
  row({
    env: `PERFAGENT_${name}`,
    type: number({ min: 0, max: 100_000 }),
    default: 128,
    doc: `${what}, of what OpenTelemetry’s API is told; what is beyond is counted.`,
    also: [`OTEL_${name}`, ...also],
    rare: true
  })

export const SPAN_OPTIONS = {
  logTraceIds: row({
    env: 'PERFAGENT_LOG_TRACE_IDS',
    type: choices('pino', 'winston', 'bunyan', 'console', 'all'),
    default: [],
    doc: 'Loggers whose lines get `trace_id`, `span_id`, `trace_flags`: `pino`, `winston`, `bunyan`, `console`, or `all`.'
  }),
  spanAttributes: count('SPAN_ATTRIBUTE_COUNT_LIMIT', 'Attributes of a span', 'OTEL_ATTRIBUTE_COUNT_LIMIT'),
  spanAttributeChars: row({
    env: 'PERFAGENT_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    type: number({ min: 0, max: 1_000_000 }),
    default: 8192,
    doc: 'Characters of an attribute’s text, of what OpenTelemetry’s API is told; the rest is cut off.',
    also: ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
    rare: true
  }),
  spanEvents: count('SPAN_EVENT_COUNT_LIMIT', 'Events of a span'),
  spanLinks: count('SPAN_LINK_COUNT_LIMIT', 'Links of a span'),
  eventAttributes: count('EVENT_ATTRIBUTE_COUNT_LIMIT', 'Attributes of an event'),
  linkAttributes: count('LINK_ATTRIBUTE_COUNT_LIMIT', 'Attributes of a link')
}
