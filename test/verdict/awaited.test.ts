// Whether a call was waited for that is followed by a wait that nobody times.

import { SELECT, statements, verdicts } from './incidents.js'
import { call, OPEN, operation, query } from './timeline.js'

verdicts('a call after which nobody times anything', [
  {
    title: 'fire-and-forget query',
    given: { durationMs: 700, operations: [query('INSERT INTO audit_log VALUES (1)', 10, OPEN)] },
    cause: 'unknown',
    says: /while INSERT audit_log was open, which had no answer when the request ended\.$/
  },
  {
    title: 'fire-and-forget query beside an awaited one',
    given: {
      durationMs: 700,
      operations: [query('INSERT INTO audit_log VALUES (1)', 10, OPEN), query(SELECT, 20, 690)]
    },
    cause: 'db.slow_query',
    says: 'Waited 670 ms for SELECT orders at db:5432/shop.'
  },
  {
    title: 'a call, and then a wait that nobody times, which may have begun with it',
    given: { durationMs: 800, operations: [call('GET http://stock:8080/audit', 5, 455)] },
    cause: 'http.slow_peer',
    says: 'Waited 450 ms for GET stock:8080/audit, which answered 200. Another 350 ms (44 %) went to unknown (from 455 ms to 800 ms, after GET stock:8080/audit). Inferred: nothing that is timed followed GET stock:8080/audit for 345 ms, so it may be that nobody waited for it.',
    confidence: 'inferred'
  },
  {
    title: 'a program, and then a wait that nobody times, before a statement',
    given: {
      durationMs: 1000,
      operations: [
        operation({ kind: 'process', system: 'child_process', text: 'convert', start: 5, end: 505 }),
        query(SELECT, 900, 990)
      ]
    },
    cause: 'process.slow',
    says: /Inferred: nothing that is timed followed .*convert for 395 ms, so it may be that nobody waited for it\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a call that is made again after a pause, so that somebody waited for it',
    given: {
      durationMs: 1000,
      operations: [call('GET http://stock:8080/job', 5, 455), call('GET http://stock:8080/job', 800, 990)]
    },
    cause: 'http.slow_peer',
    says: /^Waited 640 ms for 2 calls; .*\.$/,
    confidence: 'measured'
  },
  {
    title: 'a call that is followed by a statement, and a wait that nobody times after that',
    given: { durationMs: 1000, operations: [call('GET http://stock:8080/items', 5, 555), query(SELECT, 555, 640)] },
    cause: 'http.slow_peer',
    says: /^Waited 550 ms for GET stock:8080\/items, which answered 200\. Another 365 ms .*\)\.$/,
    confidence: 'measured'
  },
  {
    title: 'a loop of statements, and then a wait that nobody times',
    given: { durationMs: 1200, operations: statements(30, 20, 1) },
    cause: 'db.n_plus_one',
    says: /\)\.$/,
    confidence: 'measured'
  }
])
