// What holds for verdicts of every cause: which of several is named, and when it is measured.

import { profiled, render, SELECT, verdicts } from './incidents.js'
import {
  block,
  call,
  evidence,
  kernel,
  noEvidence,
  OPEN,
  other,
  pause,
  poolWait,
  probe,
  query,
  samples,
  stack
} from './timeline.js'

verdicts('whatever the cause', [
  {
    title: 'query answered while the loop was blocked',
    given: { durationMs: 530, operations: [query(SELECT, 10, 503)] },
    seen: evidence({
      blocks: [block(20, 500, probe(50, other('GET /export'), render), probe(400, other('GET /export'), render))]
    }),
    cause: 'loop.blocked',
    says: /^The event loop was held for 480 ms by GET \/export .* Inferred: the answer to SELECT orders may have been there earlier/,
    confidence: 'inferred',
    breakdown: { 'loop.blocked': 480, 'db.slow_query': 13, unknown: 37 }
  },
  {
    title: 'query answered long after a block',
    given: { durationMs: 830, operations: [query(SELECT, 10, 800)] },
    seen: evidence({ blocks: [block(20, 300, probe(50, other('GET /export'), render))] }),
    cause: 'db.slow_query',
    says: 'Waited 790 ms for SELECT orders at db:5432/shop.',
    confidence: 'measured'
  },
  {
    title: 'looked at while another request holds the loop',
    given: { durationMs: 500, status: 'running', operations: [query(SELECT, 10, OPEN)] },
    seen: evidence({
      blocks: [block(20, 500, probe(50, other('GET /export'), render), probe(490, other('GET /export'), render))]
    }),
    cause: 'loop.blocked',
    says: /^Still running\. The event loop was held for 480 ms by GET \/export/,
    confidence: 'inferred'
  },
  {
    title: 'a call beside turns of which no sample was taken: the kernel counted them',
    given: { durationMs: 700, concurrency: 1, operations: [call('GET http://stock:8080/items', 10, 690)] },
    seen: evidence({ kernel: kernel(700, { ready: [[20, 640]] }) }),
    cause: 'http.slow_peer',
    says: /Inferred: the event loop was busy for 91 % of that time, so answers may have waited to be read\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a call beside short turns: the kernel counted few of them',
    given: { durationMs: 700, concurrency: 1, operations: [call('GET http://stock:8080/items', 10, 690)] },
    seen: evidence({ kernel: kernel(700, { ready: [[20, 300]] }) }),
    cause: 'http.slow_peer',
    says: /^Waited 680 ms for GET stock:8080\/items\b.*\.$/,
    confidence: 'measured'
  },
  {
    title: 'a call after turns of which no sample was taken: the kernel counted them before it',
    given: { durationMs: 700, concurrency: 1, operations: [call('GET http://stock:8080/items', 320, 690)] },
    seen: evidence({ kernel: kernel(700, { ready: [[20, 300]] }) }),
    cause: 'http.slow_peer',
    says: /^Waited 370 ms for GET stock:8080\/items\b.*\.$/,
    confidence: 'measured'
  },
  {
    title: 'a slow query nobody could vouch for',
    given: { durationMs: 700, operations: [query(SELECT, 10, 690)] },
    seen: noEvidence('probe: the inspector is denied'),
    cause: 'db.slow_query',
    says: /Inferred: nothing watched the event loop meanwhile \(missing: probe/,
    confidence: 'inferred'
  },
  {
    title: 'a large answer that takes its time to be read: what that was done with is said',
    given: { durationMs: 700, concurrency: 3, operations: [query(SELECT, 10, 690)] },
    seen: evidence({
      cpu: samples([0, 420, stack('parseRow src/rows.js:8:3')], [420, 700, stack('parseDate src/dates.js:2:5')])
    }),
    cause: 'db.slow_query',
    says: / Inferred: the event loop was busy for 100 % of that time, mostly in parseRow \(src\/rows\.js:8:3\), so answers may have waited to be read\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a query on a saturated event loop',
    given: { durationMs: 700, concurrency: 80, operations: [query(SELECT, 10, 690)] },
    seen: evidence({ cpu: samples([0, 700, profiled]) }),
    cause: 'db.slow_query',
    says: /Inferred: the event loop was busy for 100 % of that time/,
    confidence: 'inferred'
  },
  {
    title: 'a mixture',
    given: { durationMs: 600, operations: [poolWait(0, 350), query(SELECT, 350, 590)] },
    cause: 'db.pool_wait',
    says: 'Waited 350 ms for a connection. Another 240 ms (40 %) went to db.slow_query (SELECT orders).'
  },
  {
    title: 'nothing at all',
    given: { durationMs: 0 },
    cause: 'unknown',
    says: /^Nothing was recorded\./,
    breakdown: {}
  },
  {
    title: 'a block that was over long before a statement that has not answered yet',
    given: { durationMs: 600, status: 'running', operations: [query(SELECT, 10, OPEN)] },
    seen: evidence({ blocks: [block(100, 250, probe(130, other('GET /export'), render))] }),
    cause: 'db.slow_query',
    says: /^Still running\. Waited 590 ms for SELECT orders/,
    breakdown: { 'db.slow_query': 590, unknown: 10 }
  },
  {
    title: 'a pause of 5 ms, long before the answer came',
    given: { durationMs: 600, operations: [query(SELECT, 10, 590)] },
    seen: evidence({ pauses: [pause(570, 575)] }),
    cause: 'db.slow_query',
    says: 'Waited 580 ms for SELECT orders at db:5432/shop.',
    breakdown: { 'db.slow_query': 580, unknown: 20 }
  }
])
