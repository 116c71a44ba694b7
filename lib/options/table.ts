// THE option table. Everything else about options is derived from it: types, validation, README, `perfagent options`, the
// start line, the warning for a misspelt variable (lib/options/config.ts). Data only: loading this file has no effect.

import { METRIC_OPTIONS } from './metrics.js'
import { OTLP_OPTIONS } from './otlp.js'
import { SPAN_OPTIONS } from './spans.js'
import {
  bool,
  bytes,
  choice,
  choices,
  endpoint,
  list,
  map,
  milliseconds,
  number,
  place,
  type Row,
  routes,
  row,
  share,
  text,
  threshold
} from './types.js'

export type { Row }

const MIB = 1024 * 1024

export const OPTIONS = {
  enabled: row({
    env: 'PERFAGENT_ENABLED',
    type: bool,
    default: true,
    doc: 'Off: nothing is hooked, nothing is started. `OTEL_SDK_DISABLED=true` does the same.'
  }),
  configFile: row({
    env: 'PERFAGENT_CONFIG_FILE',
    type: place,
    default: '',
    doc: 'File of options as JSON, named as in code. It is watched: what can change while the service runs does.'
  }),
  serviceName: row({
    env: 'PERFAGENT_SERVICE_NAME',
    type: text,
    default: '',
    doc: 'Name of the service; unset: `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, else the name in the nearest package.json.',
    also: ['OTEL_SERVICE_NAME']
  }),
  serviceVersion: row({
    env: 'PERFAGENT_SERVICE_VERSION',
    type: text,
    default: '',
    doc: 'Version of the service; unset: the version in the nearest package.json.'
  }),
  resourceAttributes: row({
    env: 'PERFAGENT_RESOURCE_ATTRIBUTES',
    type: map,
    default: {},
    doc: 'Further attributes of the service: `name=value,…`, percent-encoded.',
    also: ['OTEL_RESOURCE_ATTRIBUTES'],
    rare: true
  }),
  slowMs: row({
    env: 'PERFAGENT_SLOW_MS',
    type: threshold,
    default: 500,
    doc: "Requests that take this long are slow. `auto`: 1.5 × the p99 of the route's last minute.",
    live: true
  }),
  slowRoutes: row({
    env: 'PERFAGENT_SLOW_ROUTES',
    type: routes,
    default: {},
    doc: 'Thresholds of single routes: `POST /pay=200,GET /export=5000`.',
    live: true
  }),
  maxReportsPerMinute: row({
    env: 'PERFAGENT_MAX_REPORTS_PER_MINUTE',
    type: number({ min: 1, max: 10_000 }),
    default: 10,
    doc: 'Reports a minute and route; the slowest are kept, the rest is counted.',
    live: true
  }),
  maxOperations: row({
    env: 'PERFAGENT_MAX_OPERATIONS',
    type: number({ min: 10, max: 100_000 }),
    default: 1000,
    doc: 'Operations of a request that are kept one by one; further ones are folded and counted.'
  }),
  profile: row({
    env: 'PERFAGENT_PROFILE',
    type: bool,
    default: true,
    doc: 'The rolling CPU profile.',
    live: true
  }),
  profileIntervalMs: row({
    env: 'PERFAGENT_PROFILE_INTERVAL_MS',
    type: milliseconds({ min: 1, max: 1000 }),
    default: 10,
    doc: 'Time between two CPU samples.',
    live: true
  }),
  profiles: row({
    env: 'PERFAGENT_PROFILES',
    type: choices('http', 'pprof', 'cpuprofile', 'log', 'otlp'),
    default: [] as ('http' | 'pprof' | 'cpuprofile' | 'log' | 'otlp')[],
    doc: "A slow request's CPU samples as a profile: `http` (gzip pprof in the HTTP report), `pprof`, `cpuprofile` (files in `FILE.profiles/`), `log` (OTLP log record as Splunk reads it), `otlp` (OTLP profiles, in development)."
  }),
  disable: row({
    env: 'PERFAGENT_DISABLE',
    type: list,
    default: [] as string[],
    doc: 'Instrumentations to leave out, by name: `mysql,redis`.',
    live: true
  }),
  middleware: row({
    env: 'PERFAGENT_MIDDLEWARE',
    type: bool,
    default: false,
    doc: "Times each middleware of Express and Koa and each hook of Fastify, by its function's name; every request pays for it."
  }),
  sqlText: row({
    env: 'PERFAGENT_SQL_TEXT',
    type: choice('masked', 'off'),
    default: 'masked',
    doc: 'Statements in reports: literals masked, or only their short name.'
  }),
  redact: row({
    env: 'PERFAGENT_REDACT',
    type: list,
    default: [] as string[],
    doc: 'Further names whose values are redacted wherever text leaves.'
  }),
  propagators: row({
    env: 'PERFAGENT_PROPAGATORS',
    type: choices('tracecontext', 'baggage', 'b3', 'b3multi', 'none'),
    default: ['tracecontext', 'baggage'],
    doc: 'How traces go from service to service: `tracecontext`, `baggage`, `b3`, `b3multi`, `none`.',
    also: ['OTEL_PROPAGATORS']
  }),
  tracesSampler: row({
    env: 'PERFAGENT_TRACES_SAMPLER',
    type: choice(
      'slow',
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio'
    ),
    default: 'slow',
    doc: 'Whose spans leave. `slow`: slow requests, failed ones, and a share of the rest; or a standard sampler, to the letter.',
    also: ['OTEL_TRACES_SAMPLER']
  }),
  tracesSamplerArg: row({
    env: 'PERFAGENT_TRACES_SAMPLER_ARG',
    type: share,
    default: 1,
    doc: 'Share of traces, of samplers with `ratio` in their name.',
    also: ['OTEL_TRACES_SAMPLER_ARG']
  }),
  sampleShare: row({
    env: 'PERFAGENT_SAMPLE_SHARE',
    type: share,
    default: 0.001,
    doc: 'Of sampler `slow`: the share of requests neither slow nor failed whose spans leave too.',
    live: true
  }),
  export: row({
    env: 'PERFAGENT_EXPORT',
    type: choices('otlp', 'http', 'file', 'stdout', 'none'),
    default: [] as ('otlp' | 'http' | 'file' | 'stdout' | 'none')[],
    doc: 'Exporters: `otlp`, `http`, `file`, `stdout`, `none`. Unset: those that are configured, else `stdout`.'
  }),
  ...OTLP_OPTIONS,
  ...METRIC_OPTIONS,
  ...SPAN_OPTIONS,
  httpEndpoint: row({
    env: 'PERFAGENT_HTTP_ENDPOINT',
    type: endpoint,
    default: '',
    doc: 'URL that gets each report as one JSON POST.'
  }),
  httpSecret: row({
    env: 'PERFAGENT_HTTP_SECRET',
    type: text,
    default: '',
    doc: 'Signs those POSTs with HMAC-SHA256.',
    secret: true
  }),
  file: row({
    env: 'PERFAGENT_FILE',
    type: place,
    default: '',
    doc: 'File that gets each report as one line of JSON.'
  }),
  fileMaxBytes: row({
    env: 'PERFAGENT_FILE_MAX_BYTES',
    type: bytes({ min: 10_000 }),
    default: 50 * MIB,
    doc: 'Size at which that file is rotated; three old ones are kept.'
  }),
  queueMaxBytes: row({
    env: 'PERFAGENT_QUEUE_MAX_BYTES',
    type: bytes({ min: 100_000 }),
    default: 16 * MIB,
    doc: 'Reports that wait for a backend, for each destination; the slowest and newest are kept.'
  }),
  consoleControl: row({
    env: 'PERFAGENT_CONSOLE_CONTROL',
    type: choice('loopback', 'any', 'off'),
    default: 'loopback',
    doc: 'Which `perfagent console`, among what OTLP goes to, may change live options: one on this machine (`loopback`), `any`, none (`off`).'
  }),
  alertEndpoint: row({
    env: 'PERFAGENT_ALERT_ENDPOINT',
    type: endpoint,
    default: '',
    doc: "Webhook that is told at once: of a route's new cause, of many slow requests by one cause, of a long hold of the event loop.",
    secret: true
  }),
  alertRate: row({
    env: 'PERFAGENT_ALERT_RATE',
    type: number({ min: 2, max: 1_000_000 }),
    default: 30,
    doc: 'Slow requests of one cause within a minute that are an alert.'
  }),
  alertBlockedMs: row({
    env: 'PERFAGENT_ALERT_BLOCKED_MS',
    type: milliseconds({ min: 100, max: 3_600_000 }),
    default: 2000,
    doc: 'A hold of the event loop that is an alert.'
  }),
  memoryFile: row({
    env: 'PERFAGENT_MEMORY_FILE',
    type: place,
    default: '',
    doc: 'File that outlives deployments, in which is remembered what was usual: reports tell what is new since the last one.'
  }),
  spoolDir: row({
    env: 'PERFAGENT_SPOOL_DIR',
    type: place,
    default: '',
    doc: 'Folder in which reports wait on the disk too, so that they survive an outage and a restart.'
  }),
  spoolMaxBytes: row({
    env: 'PERFAGENT_SPOOL_MAX_BYTES',
    type: bytes({ min: 100_000 }),
    default: 32 * MIB,
    doc: "Most bytes of a process's file there; the slowest and newest are kept.",
    rare: true
  }),
  exitMs: row({
    env: 'PERFAGENT_EXIT_MS',
    type: milliseconds({ min: 0, max: 10_000 }),
    default: 500,
    doc: "Longest time that the process's exit may take for sending the rest."
  }),
  logLevel: row({
    env: 'PERFAGENT_LOG_LEVEL',
    type: choice('none', 'error', 'warn', 'info', 'debug'),
    default: 'warn',
    doc: "The agent's own messages, on stderr.",
    also: ['OTEL_LOG_LEVEL'],
    live: true
  })
}
