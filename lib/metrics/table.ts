// THE table of metrics: those of requests here, those of what a process runs on in runtime-rows.ts. Everything else about them is
// derived from it: how they are recorded and encoded, docs/telemetry.md, dashboards. Data only: loading this file has no effect.
// Names, units and attributes are OpenTelemetry's where it has them (a test compares them with its package); what begins with
// `perfagent.` is ours.
//
// `where` says who knows it: `recorded` ones are counted on the main thread as things end, in shared memory; `asked` ones are read
// on the main thread when the agent thread collects (some 20 µs a collection); `seen` ones the agent thread finds itself.

import { type MetricRow, row } from './row.js'
import { RUNTIME_METRICS } from './runtime-rows.js'

/** The conventions' advice for HTTP and for databases. */
const HTTP_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const DB_BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]

export const METRICS = {
  serverDuration: row({
    name: 'http.server.request.duration',
    unit: 's',
    kind: 'histogram',
    attributes: ['http.request.method', 'http.route', 'http.response.status_code', 'error.type'],
    meaning: 'Inbound requests, from the first line to the last byte of the answer.',
    where: 'recorded',
    status: 'stable',
    maxSeries: 1000,
    bounds: HTTP_BOUNDS
  }),
  clientDuration: row({
    name: 'http.client.request.duration',
    unit: 's',
    kind: 'histogram',
    attributes: ['http.request.method', 'server.address', 'server.port', 'http.response.status_code', 'error.type'],
    meaning: 'Outgoing calls made on behalf of requests.',
    where: 'recorded',
    status: 'stable',
    maxSeries: 500,
    bounds: HTTP_BOUNDS
  }),
  dbDuration: row({
    name: 'db.client.operation.duration',
    unit: 's',
    kind: 'histogram',
    attributes: ['db.system.name', 'db.namespace', 'server.address', 'server.port', 'error.type'],
    meaning: 'Queries and commands made on behalf of requests.',
    where: 'recorded',
    status: 'stable',
    maxSeries: 500,
    bounds: DB_BOUNDS
  }),
  poolWait: row({
    name: 'db.client.connection.wait_time',
    unit: 's',
    kind: 'histogram',
    attributes: ['db.client.connection.pool.name'],
    meaning:
      'How long requests waited for a connection of the pool; those that got one at once included, but for pools of `redis`.',
    where: 'recorded',
    status: 'development',
    maxSeries: 100,
    bounds: DB_BOUNDS
  }),
  poolCount: row({
    name: 'db.client.connection.count',
    unit: '{connection}',
    kind: 'updown',
    attributes: ['db.client.connection.pool.name', 'db.client.connection.state'],
    meaning: 'Connections of the pool in use, as last seen while requests were in flight.',
    where: 'recorded',
    status: 'development',
    maxSeries: 100
  }),
  poolMax: row({
    name: 'db.client.connection.max',
    unit: '{connection}',
    kind: 'updown',
    attributes: ['db.client.connection.pool.name'],
    meaning: 'The most connections that the pool may have.',
    where: 'recorded',
    status: 'development',
    maxSeries: 100
  }),
  poolPending: row({
    name: 'db.client.connection.pending_requests',
    unit: '{request}',
    kind: 'updown',
    attributes: ['db.client.connection.pool.name'],
    meaning: 'Who waits for a connection of the pool, as last seen while requests were in flight.',
    where: 'recorded',
    status: 'development',
    maxSeries: 100
  }),

  requestTime: row({
    name: 'perfagent.request.time',
    unit: 's',
    kind: 'counter',
    attributes: ['http.request.method', 'http.route', 'perfagent.part'],
    meaning:
      'Where the time of all requests went. `perfagent.part`: `db`, `cache`, `http`, `pool`, `message`, `dns`, `process`, `custom` while such an operation was outstanding (of several the one that ended last), `own` the rest: own code, waiting for what nobody times, and what was still open when the request ended, which it did not wait for. Adds up to the sum of `http.server.request.duration`.',
    where: 'recorded',
    status: 'own',
    maxSeries: 3000
  }),
  slowRequests: row({
    name: 'perfagent.slow_requests',
    unit: '{request}',
    kind: 'counter',
    attributes: ['http.request.method', 'http.route'],
    meaning: 'Requests that took as long as their threshold or longer, reported or not.',
    where: 'recorded',
    status: 'own',
    maxSeries: 500
  }),
  slowTime: row({
    name: 'perfagent.slow_request.time',
    unit: 's',
    kind: 'counter',
    attributes: ['http.request.method', 'http.route', 'perfagent.cause'],
    meaning: 'Where the time of the reported slow requests went, by the causes of their breakdowns.',
    where: 'seen',
    status: 'own',
    maxSeries: 1000
  }),
  slowReported: row({
    name: 'perfagent.slow_request.reports',
    unit: '{report}',
    kind: 'counter',
    attributes: ['http.request.method', 'http.route', 'perfagent.cause'],
    meaning: 'Reported slow requests, by the cause of their verdict: what `perfagent.slow_request.time` is the sum of.',
    where: 'seen',
    status: 'own',
    maxSeries: 1000
  }),
  calls: row({
    name: 'perfagent.calls',
    unit: '{request}',
    kind: 'counter',
    attributes: ['perfagent.caller', 'error.type'],
    meaning: 'Inbound requests by the service that called, where that has perfagent too; none of those from elsewhere.',
    where: 'recorded',
    status: 'own',
    maxSeries: 200
  }),
  callTime: row({
    name: 'perfagent.call.time',
    unit: 's',
    kind: 'counter',
    attributes: ['perfagent.caller', 'error.type'],
    meaning: 'Time of the requests that `perfagent.calls` counts.',
    where: 'recorded',
    status: 'own',
    maxSeries: 200
  }),
  busyTime: row({
    name: 'perfagent.resource.busy_time',
    unit: 's',
    kind: 'counter',
    attributes: ['perfagent.resource'],
    meaning:
      "Unit-seconds in which a resource was in use: `event loop`, `CPU quota` (the container's, only where there is one), `pool HOST:PORT/DATABASE` (connections, looked at each 10 ms while requests are in flight), `sockets HOST:PORT` (those of an `http.Agent` with `maxSockets`, the connections of an undici `Pool` with `connections`; looked at likewise, a second client of the same peer has `2` behind it).",
    where: 'seen',
    status: 'own',
    maxSeries: 200
  }),
  capacity: row({
    name: 'perfagent.resource.capacity',
    unit: '{unit}',
    kind: 'gauge',
    attributes: ['perfagent.resource'],
    meaning:
      'How many units of the resource this process has: 1 event loop, the cores of a CPU quota, the connections of a pool, the sockets that may be open to a peer.',
    where: 'seen',
    status: 'own',
    maxSeries: 200
  }),

  ...RUNTIME_METRICS
} as const satisfies Record<string, MetricRow>

export type MetricKey = keyof typeof METRICS

export const rowOf = (metric: MetricKey): MetricRow => METRICS[metric]
