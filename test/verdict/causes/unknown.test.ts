// Verdicts by the incidents that they were made for: unknown.

import { othersRan, SELECT, verdicts } from '../incidents.js'
import {
  block,
  call,
  command,
  evidence,
  kernel,
  named,
  noEvidence,
  OPEN,
  operation,
  pause,
  query
} from '../timeline.js'

verdicts('unknown', [
  {
    title: 'a command that waits on purpose',
    given: { durationMs: 5100, operations: [command('BLPOP jobs', 5, 5005, { blocking: true })] },
    cause: 'unknown',
    says: 'Waited 5.1 s, most of it in BLPOP jobs, a command that waits on purpose.'
  },
  {
    title: 'a program whose output was waited for',
    given: {
      durationMs: 700,
      operations: [operation({ kind: 'process', system: 'process', text: 'tail', start: 10, end: 702 })]
    },
    cause: 'unknown',
    says: /while .*tail ran, for whose output or message it may have waited\.$/
  },
  {
    title: 'the agent’s own start',
    given: { durationMs: 130, thresholdMs: 100, operations: [query(SELECT, 5, 118)] },
    seen: evidence({ blocks: [block(10, 115)], agent: [{ start: 11, end: 114 }] }),
    cause: 'unknown',
    says: /^Waited 120 ms, most of it for perfagent itself, which started its CPU profile\. Inferred: part of that time others/,
    confidence: 'inferred'
  },
  {
    title: 'the agent’s own start, of which the kernel says that the main thread ran all the time',
    given: { durationMs: 130, thresholdMs: 100 },
    seen: evidence({
      blocks: [block(10, 115)],
      agent: [{ start: 11, end: 114 }],
      kernel: kernel(130, { ready: [[10, 118]] })
    }),
    cause: 'unknown',
    says: /most of it for perfagent itself/,
    confidence: 'measured'
  },
  {
    title: 'the agent’s own start, where a timer took longer',
    given: { durationMs: 200, thresholdMs: 100, operations: [query(SELECT, 125, 130)] },
    seen: evidence({
      blocks: [block(40, 110)],
      agent: [{ start: 50, end: 110 }],
      kernel: kernel(200, { ready: [[50, 110]] })
    }),
    cause: 'unknown',
    says: /^Waited \d+ ms for something that perfagent does not time: in 3 gaps, the longest 70 ms from 130 ms to 200 ms, after/
  },
  {
    title: 'the start of the CPU profile itself',
    given: { durationMs: 620, concurrency: 1 },
    seen: evidence({ blocks: [block(95, 600)], agent: [{ start: 100, end: 600 }] }),
    cause: 'unknown',
    says: /^Waited 615 ms, most of it for perfagent itself/
  },
  {
    title: 'back-off between the tries of a call',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/rates', 2, 12, { statusCode: 503 }),
        call('GET http://stock:8080/rates', 662, 690)
      ]
    },
    cause: 'unknown',
    says: / from 12 ms to 662 ms, after GET stock:8080\/rates, which answered 503, before GET stock:8080\/rates\.$/
  },
  {
    title: 'a wait after a statement that failed',
    given: {
      durationMs: 700,
      operations: [
        query('SELECT * FROM users', 2, 12, { error: 'deadlock detected' }),
        query('SELECT 1 FROM t', 662, 690)
      ]
    },
    cause: 'unknown',
    says: / from 12 ms to 662 ms, after SELECT users, which failed \(deadlock detected\), before SELECT t\.$/
  },
  {
    title: 'a pause after a transaction that failed',
    given: {
      durationMs: 700,
      operations: [
        query('UPDATE seats SET n = 1', 2, 12, { error: 'could not serialize access' }),
        query('ROLLBACK', 12, 14),
        query('BEGIN', 662, 664)
      ]
    },
    cause: 'unknown',
    says: / from 14 ms to 662 ms, after ROLLBACK of UPDATE seats, which failed \(could not serialize access\), before BEGIN\.$/
  },
  {
    title: 'uninstrumented wait',
    given: {
      durationMs: 700,
      operations: [query('SELECT * FROM users', 2, 12), query('INSERT INTO audit_log VALUES (1)', 662, 690)]
    },
    cause: 'unknown',
    says: 'Waited 662 ms for something that perfagent does not time: from 12 ms to 662 ms, after SELECT users, before INSERT audit_log.',
    confidence: 'measured'
  },
  {
    title: 'a wait goes on over what interrupts it for a moment',
    given: {
      durationMs: 700,
      operations: [query('SELECT * FROM users', 0, 10), query('INSERT INTO audit_log VALUES (1)', 690, 700)]
    },
    seen: evidence({ pauses: [pause(14, 18), pause(300, 303), pause(500, 506)] }),
    cause: 'unknown',
    says: 'Waited 667 ms for something that perfagent does not time: from 10 ms to 690 ms (but for 13 ms), after SELECT users, before INSERT audit_log.',
    confidence: 'measured'
  },
  {
    title: 'a wait goes on over a moment of the agent’s own',
    given: { durationMs: 700 },
    seen: evidence({ agent: [{ start: 500, end: 502 }] }),
    cause: 'unknown',
    says: 'Waited 700 ms for something that perfagent does not time: from 0 ms to 700 ms.'
  },
  {
    title: 'a wait ends with a call, however short',
    given: { durationMs: 700, operations: [query('SELECT * FROM users', 250, 251)] },
    cause: 'unknown',
    says: 'Waited 699 ms for something that perfagent does not time: in 2 gaps, the longest 449 ms from 251 ms to 700 ms, after SELECT users.'
  },
  {
    title: 'a wait ends with what takes as long as a good part of it',
    given: { durationMs: 700 },
    seen: evidence({ pauses: [pause(250, 400)] }),
    cause: 'unknown',
    says: /in 2 gaps, the longest 300 ms from 400 ms to 700 ms\./
  },
  {
    title: 'two waits between calls, and slivers around turns',
    given: {
      durationMs: 800,
      operations: [0, 2, 4, 9, 260, 264, 768, 770, 774].map((at, i) => query(SELECT, at, at + 1 + (i % 2)))
    },
    cause: 'unknown',
    says: /in 2 gaps, the longest 502 ms from 266 ms to 768 ms, after SELECT orders, before SELECT orders\.$/
  },
  {
    title: 'a wait, and as much time again in many short ones',
    given: {
      durationMs: 2080,
      operations: Array.from({ length: 24 }, (_, i) => query(SELECT, 1000 + i * 45, 1005 + i * 45))
    },
    cause: 'unknown',
    says: /^Waited 2 s for something that perfagent does not time: in 25 gaps, the longest 1 s from 0 ms to 1000 ms/
  },
  {
    title: 'uninstrumented wait inside an operation of the application',
    given: { durationMs: 700, operations: [named('outer', 0, 700), named('charge card', 5, 690)] },
    cause: 'unknown',
    says: "Waited 700 ms for something that perfagent does not time: from 0 ms to 700 ms, inside 'charge card'."
  },
  {
    title: 'uninstrumented wait, of which a part lies inside an operation of the application',
    given: { durationMs: 1300, operations: [named('price rules', 0, 600), named('tax', 620, 680)] },
    cause: 'unknown',
    says: "Waited 1.3 s for something that perfagent does not time: from 0 ms to 1300 ms, 600 ms of it inside 'price rules'."
  },
  {
    title: 'uninstrumented wait, of which hardly a part lies inside an operation of the application',
    given: { durationMs: 1300, operations: [named('tax', 620, 680)] },
    cause: 'unknown',
    says: 'Waited 1.3 s for something that perfagent does not time: from 0 ms to 1300 ms.'
  },
  {
    title: 'uninstrumented wait, unprofiled',
    given: { durationMs: 700 },
    seen: noEvidence('cpu profile: switched off'),
    cause: 'unknown',
    says: 'Spent 700 ms on something that perfagent does not time: from 0 ms to 700 ms. Inferred: no CPU samples cover that time, so it may have been code of its own (missing: cpu profile: switched off).',
    confidence: 'inferred'
  },
  {
    title: 'an answer that had begun and was never read to its end',
    given: {
      durationMs: 900,
      operations: [call('GET http://stock:8080/export', 5, OPEN, { marks: { sent: 6, headers: 20 } })]
    },
    cause: 'unknown',
    says: /while GET stock:8080\/export was open, whose answer was not read to its end when the request ended\.$/
  },
  {
    title: 'a wait that nobody times, while threads that nobody sees keep a CPU busy',
    given: { durationMs: 900 },
    seen: evidence({ kernel: othersRan(900, 810) }),
    cause: 'unknown',
    says: /does not time: from 0 ms to 900 ms\. Meanwhile the process’s other threads ran for 810 ms: worker threads, libuv’s pool \(files, crypto, zlib\) or an addon\.$/,
    confidence: 'measured'
  },
  {
    title: 'a wait that nobody times, while other threads do their usual',
    given: { durationMs: 900 },
    seen: evidence({ kernel: othersRan(900, 300) }),
    cause: 'unknown',
    says: /does not time: from 0 ms to 900 ms\.$/
  },
  {
    title: 'a wait that nobody times, while perfagent’s own thread had much to do',
    given: { durationMs: 900 },
    seen: evidence({ kernel: { ...othersRan(900, 600), agentCpuMs: 450 } }),
    cause: 'unknown',
    says: /does not time: from 0 ms to 900 ms\.$/
  }
])
