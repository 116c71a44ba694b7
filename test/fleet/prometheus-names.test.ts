// Names of OTLP as Prometheus has them, by OpenTelemetry's compatibility specification.

import assert from 'node:assert/strict'
import { type Named, prometheusName } from '../../lib/fleet/prometheus-names.js'

const CASES: [name: string, unit: string, kind: Named['kind'], expected: string][] = [
  ['perfagent.request.time', 's', 'counter', 'perfagent_request_time_seconds_total'],
  ['http.server.request.duration', 's', 'histogram', 'http_server_request_duration_seconds'],
  ['v8js.memory.heap.used', 'By', 'updown', 'v8js_memory_heap_used_bytes'],
  ['http.server.active_requests', '{request}', 'updown', 'http_server_active_requests'],
  ['nodejs.eventloop.utilization', '1', 'gauge', 'nodejs_eventloop_utilization_ratio'],
  ['shop.orders', '1', 'counter', 'shop_orders_total'],
  ['shop.carts', '1', 'updown', 'shop_carts']
]

describe('the name of a metric in Prometheus', () => {
  for (const [name, unit, kind, expected] of CASES) {
    it(`of ${name}, a ${kind} of ${unit}`, () => assert.equal(prometheusName({ name, unit, kind }), expected))
  }
})
