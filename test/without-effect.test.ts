// Options that do nothing because of another: each is said with what to write, and nothing is said of a set-up that is right.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Environment, readConfig } from '../lib/options/config.js'
import { runApp } from './harness/app.js'

const saidOf = (env: Environment): string[] => readConfig({ env }).warnings

const HTTP = { PERFAGENT_HTTP_ENDPOINT: 'https://reports.example' }
const OTLP = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example' }
const CLEAR = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }

const WRONG: [env: Environment, said: string[]][] = [
  [
    { PERFAGENT_ALERT_RATE: '5', PERFAGENT_ALERT_BLOCKED_MS: '500' },
    ['PERFAGENT_ALERT_RATE, PERFAGENT_ALERT_BLOCKED_MS are without effect: set PERFAGENT_ALERT_ENDPOINT']
  ],
  [{ PERFAGENT_SPOOL_MAX_BYTES: '1000000' }, ['PERFAGENT_SPOOL_MAX_BYTES is without effect: set PERFAGENT_SPOOL_DIR']],
  [{ PERFAGENT_HTTP_SECRET: 'sesame' }, ['PERFAGENT_HTTP_SECRET is without effect: set PERFAGENT_HTTP_ENDPOINT']],
  [{ ...HTTP, PERFAGENT_FILE_MAX_BYTES: '20000' }, ['PERFAGENT_FILE_MAX_BYTES is without effect: set PERFAGENT_FILE']],
  [
    { PERFAGENT_PROFILES: 'pprof,cpuprofile' },
    ['pprof of PERFAGENT_PROFILES, cpuprofile of PERFAGENT_PROFILES are without effect: set PERFAGENT_FILE']
  ],
  [
    { PERFAGENT_PROFILES: 'http,log,otlp', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://otlp.example/v1/traces' },
    [
      'http of PERFAGENT_PROFILES is without effect: set PERFAGENT_HTTP_ENDPOINT',
      'log of PERFAGENT_PROFILES is without effect: set OTEL_EXPORTER_OTLP_ENDPOINT, or OTEL_EXPORTER_OTLP_LOGS_ENDPOINT',
      'otlp of PERFAGENT_PROFILES is without effect: set OTEL_EXPORTER_OTLP_ENDPOINT'
    ]
  ],
  [
    { PERFAGENT_EXPORT: 'otlp', PERFAGENT_FILE: '/tmp/reports' },
    ['PERFAGENT_FILE is without effect: add file to PERFAGENT_EXPORT']
  ],
  [
    { ...HTTP, PERFAGENT_EXPORT: 'http', PERFAGENT_OTLP_ENDPOINT: 'https://otlp.example' },
    ['PERFAGENT_OTLP_ENDPOINT is without effect: add otlp to PERFAGENT_EXPORT']
  ],
  [{ PERFAGENT_EXPORT: 'otlp,none' }, ['PERFAGENT_EXPORT: none wins over all that is named beside it; leave it out']],
  [
    { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=sesame', OTEL_EXPORTER_OTLP_CERTIFICATE: '/ca.pem' },
    ['OTEL_EXPORTER_OTLP_HEADERS, OTEL_EXPORTER_OTLP_CERTIFICATE are without effect: set OTEL_EXPORTER_OTLP_ENDPOINT']
  ],
  [
    { ...HTTP, PERFAGENT_OTLP_PROTOCOL: 'grpc' },
    ['PERFAGENT_OTLP_PROTOCOL is without effect: set OTEL_EXPORTER_OTLP_ENDPOINT']
  ],
  [
    { OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=b', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://otlp.example' },
    [
      'OTEL_EXPORTER_OTLP_TRACES_HEADERS is without effect: set OTEL_EXPORTER_OTLP_ENDPOINT, or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
    ]
  ],
  [
    { PERFAGENT_METRIC_INTERVAL_MS: '5000' },
    [
      'PERFAGENT_METRIC_INTERVAL_MS is without effect: set OTEL_EXPORTER_OTLP_ENDPOINT, or OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'
    ]
  ],
  [
    { PERFAGENT_SAMPLE_SHARE: '0.1' },
    ['PERFAGENT_SAMPLE_SHARE is without effect: set OTEL_EXPORTER_OTLP_ENDPOINT, or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']
  ],
  [
    { ...OTLP, PERFAGENT_SAMPLE_SHARE: '0.1', OTEL_TRACES_SAMPLER: 'always_on' },
    ['PERFAGENT_SAMPLE_SHARE is without effect: it is of the sampler slow; leave always_on out']
  ],
  [
    { OTEL_TRACES_SAMPLER_ARG: '0.1' },
    [
      'OTEL_TRACES_SAMPLER_ARG is without effect: the sampler slow has no use for it; set OTEL_TRACES_SAMPLER=parentbased_traceidratio, or PERFAGENT_SAMPLE_SHARE in its place'
    ]
  ],
  [
    { PERFAGENT_CONSOLE_CONTROL: 'any' },
    ['PERFAGENT_CONSOLE_CONTROL is without effect: set OTEL_EXPORTER_OTLP_ENDPOINT']
  ],
  [
    { ...CLEAR, OTEL_EXPORTER_OTLP_CERTIFICATE: '/ca.pem' },
    [
      'OTEL_EXPORTER_OTLP_CERTIFICATE is without effect: nothing is encrypted on that way; write the endpoint with https://'
    ]
  ],
  [
    { ...OTLP, OTEL_EXPORTER_OTLP_CLIENT_KEY: '/key.pem' },
    ['OTEL_EXPORTER_OTLP_CLIENT_KEY is without effect: set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE too']
  ],
  [
    { ...OTLP, OTEL_EXPORTER_OTLP_INSECURE: 'true' },
    [
      'OTEL_EXPORTER_OTLP_INSECURE is without effect: https is encrypted all the same; write http:// if it should not be'
    ]
  ]
]

/** Somebody may want each of these so. */
const RIGHT: Environment[] = [
  {},
  { ...HTTP, PERFAGENT_HTTP_SECRET: 'sesame', PERFAGENT_PROFILES: 'http' },
  { PERFAGENT_FILE: '/tmp/reports', PERFAGENT_PROFILES: 'pprof', PERFAGENT_FILE_MAX_BYTES: '20000' },
  { PERFAGENT_EXPORT: 'http', PERFAGENT_HTTP_SECRET: 'sesame' },
  { PERFAGENT_ENABLED: 'false', PERFAGENT_HTTP_SECRET: 'sesame', PERFAGENT_EXPORT: 'otlp,none' },
  // For a day everything goes to the terminal, or nowhere.
  { ...HTTP, ...OTLP, PERFAGENT_EXPORT: 'stdout', PERFAGENT_HTTP_SECRET: 'sesame', PERFAGENT_SAMPLE_SHARE: '1' },
  { ...HTTP, ...OTLP, PERFAGENT_EXPORT: 'none', PERFAGENT_FILE: '/tmp/reports', PERFAGENT_PROFILES: 'pprof' },
  { ...OTLP, OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=b', PERFAGENT_SAMPLE_SHARE: '1' },
  { ...OTLP, OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' },
  // The platform's, or of an SDK beside.
  {
    ...HTTP,
    OTEL_EXPORTER_OTLP_HEADERS: 'a=b',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_METRIC_EXPORT_INTERVAL: '900'
  },
  { ...HTTP, ...OTLP, PERFAGENT_EXPORT: 'http', OTEL_EXPORTER_OTLP_HEADERS: 'a=b' },
  { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_COMPRESSION: 'none' },
  // What says the default once more, or what is in force anyway.
  { PERFAGENT_ALERT_RATE: '30', PERFAGENT_METRIC_INTERVAL_MS: '60000', PERFAGENT_SAMPLE_SHARE: '0' },
  { PERFAGENT_CONSOLE_CONTROL: 'off' },
  { ...OTLP, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' },
  { ...CLEAR, OTEL_EXPORTER_OTLP_INSECURE: 'true', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
  { ...OTLP, OTEL_EXPORTER_OTLP_INSECURE: 'false', OTEL_EXPORTER_OTLP_CERTIFICATE: '/ca.pem' },
  { ...OTLP, OTEL_EXPORTER_OTLP_CLIENT_KEY: '/key.pem', OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: '/cert.pem' },
  // For one of the signals it is.
  { ...OTLP, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://127.0.0.1', OTEL_EXPORTER_OTLP_CERTIFICATE: '/ca.pem' },
  { PERFAGENT_OTLP_HEADERS: 'a=b', OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://otlp.example' },
  // A running process can be told to profile.
  { ...HTTP, PERFAGENT_PROFILE: 'false', PERFAGENT_PROFILES: 'http' }
]

describe('an option without effect', () => {
  for (const [env, said] of WRONG)
    it(`is said, with what to write: ${JSON.stringify(env)}`, () => assert.deepEqual(saidOf(env), said))

  for (const env of RIGHT) it(`is none: ${JSON.stringify(env)}`, () => assert.deepEqual(saidOf(env), []))

  it('is not said where the option that it needs was given and is wrong, which is said', () => {
    const said = 'PERFAGENT_HTTP_ENDPOINT=localhost is not an http:// or https:// URL; it is ignored'
    assert.deepEqual(saidOf({ PERFAGENT_HTTP_ENDPOINT: 'localhost', PERFAGENT_HTTP_SECRET: 'sesame' }), [said])
  })

  it('is said by the name under which it was given', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'without-effect-'))
    const file = path.join(folder, 'perfagent.json')
    writeFileSync(file, '{ "alertRate": 5 }')
    const { warnings } = readConfig({ env: { PERFAGENT_CONFIG_FILE: file }, code: { httpSecret: 'sesame' } })
    rmSync(folder, { recursive: true })
    assert.deepEqual(warnings, [
      'config file: option alertRate is without effect: set PERFAGENT_ALERT_ENDPOINT',
      'option httpSecret is without effect: set PERFAGENT_HTTP_ENDPOINT'
    ])
  })

  it('is said once by a service, and not again in its worker thread', async () => {
    const app = await runApp('workers.js', { env: { WAY: 'thread', PERFAGENT_ALERT_RATE: '5' } })
    await app.get('/slow')
    await app.report()
    await app.stop({ stderr: /^\[perfagent\] PERFAGENT_ALERT_RATE is without effect: set PERFAGENT_ALERT_ENDPOINT\n$/ })
  })
})
