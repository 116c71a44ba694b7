// THE table of attributes of spans and log records that OpenTelemetry's conventions have no name for; docs/telemetry.md is made from
// it, and a test holds that nothing else is sent. Data only.

export interface OwnAttribute {
  type: 'string' | 'int' | 'double'
  /** UCUM; '' for none. */
  unit: string
  /** Where it is found. */
  on: string
  meaning: string
}

const REQUEST = 'SERVER span'
const OPERATION = "span of a request's operation"
const RECORD = 'log record `perfagent.slow_request`'
const PROFILE = 'log record of a profile'
const BOTH = `${REQUEST}, ${RECORD}`

const phase = (meaning: string): OwnAttribute => ({ type: 'double', unit: 'ms', on: OPERATION, meaning })

export const OWN_ATTRIBUTES: Record<string, OwnAttribute> = {
  'perfagent.caller': {
    type: 'string',
    unit: '',
    on: REQUEST,
    meaning: 'The service that called, where it has perfagent.'
  },
  'perfagent.cause': {
    type: 'string',
    unit: '',
    on: BOTH,
    meaning: 'Why the request was slow, of the causes in `docs/causes`.'
  },
  'perfagent.summary': {
    type: 'string',
    unit: '',
    on: REQUEST,
    meaning: "The verdict's sentence; the body of the log record."
  },
  'perfagent.confidence': { type: 'string', unit: '', on: BOTH, meaning: '`measured` or `inferred`.' },
  'perfagent.status': {
    type: 'string',
    unit: '',
    on: BOTH,
    meaning: '`finished`, `aborted`, or (log record alone) `running`.'
  },
  'perfagent.report_id': {
    type: 'string',
    unit: '',
    on: BOTH,
    meaning: 'Of the report; the same in each copy that arrives.'
  },
  'perfagent.dropped_operations': {
    type: 'int',
    unit: '{operation}',
    on: REQUEST,
    meaning: 'Operations beyond the limit, which were folded into others.'
  },
  'perfagent.new_since': {
    type: 'string',
    unit: '',
    on: RECORD,
    meaning: 'The version before, where the cause is new for the route since then.'
  },
  'perfagent.duration_ms': {
    type: 'double',
    unit: 'ms',
    on: RECORD,
    meaning: 'How long the request took, so far if it runs.'
  },
  'perfagent.threshold_ms': { type: 'double', unit: 'ms', on: RECORD, meaning: 'From when on it was slow.' },
  'perfagent.report': {
    type: 'string',
    unit: '',
    on: RECORD,
    meaning: 'The whole report: JSON by `report.schema.json`.'
  },
  'perfagent.lost_reports': {
    type: 'int',
    unit: '{report}',
    on: 'log record `perfagent.reports_lost`',
    meaning:
      'Reports that did not arrive since the last one that did, and the slow requests that those told as dropped.'
  },
  'perfagent.operation.kind': {
    type: 'string',
    unit: '',
    on: OPERATION,
    meaning: '`db`, `cache`, `http`, `pool`, `message`, `dns`, `process` or `custom`.'
  },
  'perfagent.operation.system': {
    type: 'string',
    unit: '',
    on: OPERATION,
    meaning: 'Of a wait for a pool: whose pool.'
  },
  'perfagent.operation.count': {
    type: 'int',
    unit: '{operation}',
    on: OPERATION,
    meaning: 'More than 1 where operations beyond the limit were folded into this one.'
  },
  'perfagent.pool.name': {
    type: 'string',
    unit: '',
    on: OPERATION,
    meaning: 'Where the connections of the pool lead.'
  },
  'perfagent.pool.size': {
    type: 'int',
    unit: '{connection}',
    on: OPERATION,
    meaning: 'Connections that the pool may have.'
  },
  'perfagent.pool.in_use': {
    type: 'int',
    unit: '{connection}',
    on: OPERATION,
    meaning: 'Those in use when the wait began.'
  },
  'perfagent.pool.waiting': { type: 'int', unit: '{request}', on: OPERATION, meaning: 'Who else waited then.' },
  'perfagent.phase.socket_ms': phase('Waited for a free socket.'),
  'perfagent.phase.dns_ms': phase('Looked a name up.'),
  'perfagent.phase.connect_ms': phase('Connected.'),
  'perfagent.phase.tls_ms': phase('Agreed on keys.'),
  'perfagent.phase.first_byte_ms': phase('Waited for the first byte of the answer.'),
  'perfagent.phase.body_ms': phase('Received the rest of it.'),
  'com.splunk.sourcetype': { type: 'string', unit: '', on: PROFILE, meaning: "`otel.profiling`: Splunk's convention." },
  'profiling.data.format': {
    type: 'string',
    unit: '',
    on: PROFILE,
    meaning: '`pprof-gzip-base64`, which is the body.'
  },
  'profiling.data.type': { type: 'string', unit: '', on: PROFILE, meaning: '`cpu`.' },
  'profiling.data.total.frame.count': {
    type: 'int',
    unit: '{frame}',
    on: PROFILE,
    meaning: 'Frames of all stacks in it.'
  },
  'profiling.instrumentation.source': { type: 'string', unit: '', on: PROFILE, meaning: '`continuous`.' }
}
