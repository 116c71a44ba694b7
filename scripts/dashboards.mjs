// `npm run dashboards`: writes docs/fleet: a Grafana dashboard, alert rules and recording rules, all from the table of metrics
// (lib/metrics/table.ts). A test holds that they are as this would write them, and `npm run check:backends` asks a real engine
// each of their queries.

import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const { METRICS } = require('../dist/lib/metrics/table.js')
const { labelName, prometheusName } = require('../dist/lib/fleet/prometheus-names.js')
const { RULES } = require('../dist/lib/fleet/questions.js')

const FOLDER = path.join(path.dirname(fileURLToPath(import.meta.url)), '../docs/fleet')
const SERVICE = 'service_name'
const CHOSEN = `${SERVICE}=~"$service"`
const RANGE = '$__rate_interval'
const COLUMNS = 24
const HEIGHT = 8
const UNITS = { s: 's', By: 'bytes', 1: 'percentunit' }

const nameOf = key => prometheusName(METRICS[key])
const rate = (metric, by, range, matchers = CHOSEN) =>
  `sum by (${[SERVICE, ...by].join(', ')}) (rate(${metric}{${matchers}}[${range}]))`
const quantile = (share, key, range) => `histogram_quantile(${share}, ${rate(`${nameOf(key)}_bucket`, ['le'], range)})`

/** How much of each resource is used: 1 is all there is. */
const utilization = (range, matchers) => {
  const braces = matchers ? `{${matchers}}` : ''
  const by = `sum by (${SERVICE}, perfagent_resource)`
  return `${by} (rate(${nameOf('busyTime')}${braces}[${range}])) / ${by} (${nameOf('capacity')}${braces})`
}

const requests = `${nameOf('serverDuration')}_count`
const OVERVIEW = [
  ['Requests', 'reqps', [[rate(requests, [], RANGE), `{{${SERVICE}}}`]]],
  [
    'Duration',
    's',
    [
      [quantile(0.5, 'serverDuration', RANGE), `{{${SERVICE}}} p50`],
      [quantile(0.99, 'serverDuration', RANGE), `{{${SERVICE}}} p99`]
    ]
  ],
  [
    'Failed',
    'percentunit',
    [[`${rate(requests, [], RANGE, `${CHOSEN}, error_type!=""`)} / ${rate(requests, [], RANGE)}`, `{{${SERVICE}}}`]]
  ],
  [
    'Who limits the throughput: how much of each resource is used',
    'percentunit',
    [[utilization(RANGE, CHOSEN), `{{${SERVICE}}} {{perfagent_resource}}`]]
  ],
  [
    'Who adds the latency: where the time of all requests goes',
    's',
    [[rate(nameOf('requestTime'), ['perfagent_part'], RANGE), `{{${SERVICE}}} {{perfagent_part}}`]]
  ],
  [
    'Why slow requests are slow',
    's',
    [[rate(nameOf('slowTime'), ['perfagent_cause'], RANGE), `{{${SERVICE}}} {{perfagent_cause}}`]]
  ],
  [
    'Who calls whom',
    'reqps',
    [[rate(nameOf('calls'), ['perfagent_caller'], RANGE), `{{perfagent_caller}} → {{${SERVICE}}}`]]
  ],
  ['Who uses the CPU: cores', 'short', [[rate(nameOf('cpuTime'), [], RANGE), `{{${SERVICE}}}`]]]
]

/** One panel for each metric: what it is is known from its row. */
function panelOf([key, { name, unit, kind, attributes, meaning }]) {
  const by = attributes.slice(-1).map(labelName)
  const legend = [`{{${SERVICE}}}`, ...by.map(label => `{{${label}}}`)].join(' ')
  const of = nameOf(key)
  const grafana = UNITS[unit] ?? 'short'
  switch (kind) {
    case 'histogram':
      return [name, grafana, [[quantile(0.99, key, RANGE), `{{${SERVICE}}} p99`]], meaning]
    case 'counter':
      return [name, grafana, [[rate(of, by, RANGE), legend]], `${meaning} A second.`]
    case 'updown':
      return [name, grafana, [[`sum by (${[SERVICE, ...by].join(', ')}) (${of}{${CHOSEN}})`, legend]], meaning]
    case 'gauge':
      return [name, grafana, [[`max by (${[SERVICE, ...by].join(', ')}) (${of}{${CHOSEN}})`, legend]], meaning]
  }
}

export function dashboard() {
  const panels = [...OVERVIEW, ...Object.entries(METRICS).map(panelOf)]
  const datasource = { type: 'prometheus', uid: '$datasource' }
  return {
    uid: 'perfagent-fleet',
    title: 'perfagent: services',
    tags: ['perfagent'],
    timezone: 'browser',
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus' },
        {
          name: 'service',
          type: 'query',
          datasource,
          query: `label_values(${requests}, ${SERVICE})`,
          refresh: 2,
          includeAll: true,
          multi: true,
          allValue: '.*',
          current: { text: 'All', value: '$__all' }
        }
      ]
    },
    panels: panels.map(([title, unit, targets, description = ''], i) => ({
      id: i + 1,
      type: 'timeseries',
      title,
      description,
      datasource,
      gridPos: { x: (i % 2) * (COLUMNS / 2), y: Math.floor(i / 2) * HEIGHT, w: COLUMNS / 2, h: HEIGHT },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      targets: targets.map(([expr, legendFormat], n) => ({ refId: String.fromCharCode(65 + n), expr, legendFormat }))
    }))
  }
}

const sum = (metric, range, matchers = '') => `sum by (${SERVICE}) (rate(${metric}${matchers}[${range}]))`

export const ALERTS = [
  {
    alert: 'ResourceNearlySaturated',
    expr: `${utilization('5m')} > 0.9`,
    for: '10m',
    summary:
      '{{ $labels.service_name }} uses {{ $value | humanizePercentage }} of its {{ $labels.perfagent_resource }}: it will not serve much more.'
  },
  {
    alert: 'ManySlowRequests',
    expr: `${sum(nameOf('slowRequests'), '5m')} / ${sum(requests, '5m')} > 0.05`,
    for: '10m',
    summary: '{{ $value | humanizePercentage }} of the requests of {{ $labels.service_name }} are slow.'
  },
  {
    alert: 'ManyFailedRequests',
    expr: `${sum(requests, '5m', '{error_type!=""}')} / ${sum(requests, '5m')} > 0.05`,
    for: '5m',
    summary: '{{ $value | humanizePercentage }} of the requests of {{ $labels.service_name }} fail.'
  },
  {
    alert: 'EventLoopDelayed',
    expr: `max by (${SERVICE}) (${nameOf('loopDelayP99')}) > 0.2`,
    for: '10m',
    summary:
      'The event loop of {{ $labels.service_name }} is {{ $value | humanizeDuration }} late in one turn of a hundred.'
  },
  {
    alert: 'WaitingForConnections',
    expr: `min_over_time(sum by (${SERVICE}, db_client_connection_pool_name) (${nameOf('poolPending')})[5m:30s]) > 0`,
    for: '5m',
    summary:
      'Requests of {{ $labels.service_name }} wait for connections of {{ $labels.db_client_connection_pool_name }} all the time.'
  }
]

/** The sums that the three questions are asked of: `perfagent fleet` takes them where they are. */
export const RECORDED = RULES

export function rules() {
  const quoted = text => JSON.stringify(text)
  const everySeconds = [...new Set(RECORDED.map(rule => rule.everySeconds))]
  return [
    '# Written by npm run dashboards from the table of metrics.',
    'groups:',
    // The rules of a group run one after another, and wait for the next round when they were not done in time.
    ...everySeconds.flatMap(seconds => [
      `  - name: perfagent-sums-${seconds}s`,
      `    interval: ${seconds}s`,
      '    rules:',
      ...RECORDED.filter(rule => rule.everySeconds === seconds).flatMap(({ record, expr }) => [
        `      - record: ${record}`,
        `        expr: ${quoted(expr)}`
      ])
    ]),
    '  - name: perfagent-alerts',
    '    rules:',
    ...ALERTS.flatMap(({ alert, expr, for: lasting, summary }) => [
      `      - alert: ${alert}`,
      `        expr: ${quoted(expr)}`,
      `        for: ${lasting}`,
      '        annotations:',
      `          summary: ${quoted(summary)}`
    ]),
    ''
  ].join('\n')
}

export const files = () => ({
  'grafana-dashboard.json': `${JSON.stringify(dashboard(), null, 2)}\n`,
  'prometheus-rules.yml': rules()
})

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(FOLDER, { recursive: true })
  for (const [name, text] of Object.entries(files())) writeFileSync(path.join(FOLDER, name), text)
}
