// Verdicts by the incidents that they were made for: cache.slow.

import { fullPool, type Incident, verdicts } from '../incidents.js'
import { command, dns, evidence, other, samples, stack, turns } from '../timeline.js'

/** 400 ms of commands, each of that length, while another request works in turns of 10 ms. */
function besideTurns(eachMs: number): Pick<Incident, 'given' | 'seen'> {
  const every = (ms: number): number[] => Array.from({ length: 400 / ms }, (_, i) => 10 + i * ms)
  return {
    given: {
      durationMs: 420,
      concurrency: 2,
      operations: every(eachMs).map((at, i) => command(`${['GET', 'TTL', 'STRLEN'][i % 3]} flags`, at, at + eachMs)),
      turns: turns([other('GET /work')], ...every(10).map(at => [at, at + 10, 99] as const))
    },
    seen: evidence({
      cpu: samples([10, 410, stack('work src/work.js:3', 'processImmediate node:internal/timers:483:21')])
    })
  }
}

verdicts('cache.slow', [
  {
    title: 'commands that wait on purpose, so many that they were folded into one',
    given: {
      durationMs: 600,
      operations: [command('BLPOP jobs', 0, 590, { blocking: true, count: 60, busyMs: 580 })]
    },
    cause: 'unknown',
    says: /^Waited 600 ms/
  },
  {
    title: 'slow command',
    given: { durationMs: 600, operations: [command('KEYS *', 5, 590)] },
    cause: 'cache.slow',
    says: 'Waited 585 ms for KEYS at cache:6379.'
  },
  {
    title: 'a quick command that was sent together with a slow one, and answered together with it',
    given: { durationMs: 420, operations: [command('GET flags', 5, 411), command('EVAL', 5.1, 411.1)] },
    cause: 'cache.slow',
    says: /^Waited 406 ms for GET flags at cache:6379, sent together with EVAL\. Inferred: .*another of them may have been slow/,
    confidence: 'inferred'
  },
  {
    title: 'a quick command whose answer came before those of two slow ones that were sent with it',
    given: {
      durationMs: 720,
      operations: [command('GET flags', 5, 411), command('MGET a b', 5.1, 500), command('EVAL', 5.2, 700)]
    },
    cause: 'cache.slow',
    says: /the longest, 406 ms, was GET flags at cache:6379, sent together with MGET a b and 1 other\. Inferred: /,
    confidence: 'inferred'
  },
  {
    title: 'a slow command after a quick one that was answered at once, though they were sent together',
    given: { durationMs: 420, operations: [command('GET flags', 5, 7), command('EVAL', 5.1, 411)] },
    cause: 'cache.slow',
    says: 'Waited 404 ms for EVAL at cache:6379.'
  },
  {
    title: 'quick commands one after another, beside turns of others',
    ...besideTurns(20),
    cause: 'loop.blocked',
    says: /GET \/work.* Inferred: GET flags may have been slow as well, since hardly a turn was left to see it\.$/
  },
  {
    title: 'commands that take longer than the turns of others beside them',
    ...besideTurns(100),
    cause: 'cache.slow',
    says: /^Waited 400 ms for 4 commands.* Inferred: the event loop was busy for 100 % of that time/
  },
  {
    title: 'commands that were kept back together until their client was connected',
    given: {
      durationMs: 420,
      operations: [
        command('GET flags', 5, 411, { marks: { connecting: 5, sent: 409 } }),
        command('TTL flags', 5.1, 411.1, { marks: { connecting: 5.1, sent: 409 } })
      ]
    },
    cause: 'cache.slow',
    says: 'Waited 406 ms for GET flags at cache:6379 (404 ms of it without a connection).',
    confidence: 'measured'
  },
  {
    title: 'a command that is kept back until its client is connected to a name that is looked up slowly',
    given: {
      durationMs: 620,
      operations: [
        command('GET flags', 5, 611, { marks: { connecting: 5, sent: 609 } }),
        dns('lookup cache.internal', 9, 580)
      ]
    },
    cause: 'dns.slow',
    says: 'Waited 571 ms for lookup cache.internal.',
    confidence: 'measured'
  },
  {
    title: 'the same behind hashes that fill libuv’s pool',
    given: {
      durationMs: 620,
      operations: [
        command('GET flags', 5, 611, { marks: { connecting: 5, sent: 609 } }),
        dns('lookup cache.internal', 9, 580)
      ]
    },
    seen: evidence({ fullPool: [fullPool(-20, 575, { dns: 1 })] }),
    cause: 'threadpool',
    says: /^Libuv’s thread pool was full for 5\d\d ms \(1 × dns\.lookup, the rest crypto, zlib or an addon\) while this request waited for lookup cache/,
    confidence: 'measured'
  },
  {
    title: 'a slow command while another name is looked up',
    given: {
      durationMs: 620,
      operations: [
        command('GET flags', 5, 611, { marks: { connecting: 5, sent: 8 } }),
        dns('lookup mail.internal', 9, 580)
      ]
    },
    cause: 'cache.slow',
    says: 'Waited 606 ms for GET flags at cache:6379.'
  },
  {
    title: 'scripts that were sent together',
    given: {
      durationMs: 520,
      operations: [command('EVAL', 5, 511), command('EVAL', 5.1, 511.1), command('EVAL', 5.2, 511.2)]
    },
    cause: 'cache.slow',
    says: 'Waited 506 ms for EVAL at cache:6379, sent together with EVAL and 1 other.'
  },
  {
    title: 'a command that was sent when another one had been read, and one at another server',
    given: {
      durationMs: 420,
      operations: [
        command('GET flags', 5, 411),
        command('EVAL', 40, 411.1),
        command('KEYS *', 5, 411, { target: 'other:6379' })
      ]
    },
    cause: 'cache.slow',
    says: /GET flags at cache:6379|KEYS at other:6379/
  },
  {
    title: 'commands that the client batches by itself',
    given: {
      durationMs: 820,
      operations: [
        command('GET session:1', 10, 805, { marks: { batched: 10 } }),
        command('LRANGE feed', 10, 805.1, { marks: { batched: 10 } }),
        command('GET flags', 10, 805.2, { marks: { batched: 10 } })
      ]
    },
    cause: 'cache.slow',
    says: 'Waited 795 ms for GET session:? at cache:6379, in one batch with LRANGE feed and 1 other.'
  },
  {
    title: 'commands of one batch, between whose ends code runs that waited for the first, and one of the next batch',
    given: {
      durationMs: 900,
      operations: [
        command('GET session:1', 10, 805, { marks: { batched: 10 } }),
        command('LRANGE feed', 10, 840, { marks: { batched: 10 } }),
        command('GET other', 10, 804, { target: 'other:6379', marks: { batched: 10 } }),
        command('TTL session:1', 10, 806),
        command('GET flags', 841, 850, { marks: { batched: 841 } })
      ]
    },
    cause: 'cache.slow',
    says: /the longest, 795 ms, was GET session:\? at cache:6379, in one batch with LRANGE feed\.$/
  },
  {
    title: 'a command that its client keeps until there is a connection: not the server was slow',
    given: { durationMs: 900, operations: [command('GET cart:1', 5, 880, { marks: { connecting: 5, sent: 870 } })] },
    cause: 'cache.slow',
    says: /^Waited 875 ms for GET cart:\? at cache:6379 \(865 ms of it without a connection\)\.$/
  },
  {
    title: 'a command whose connection was lost, and which its client sent again on the next one',
    given: { durationMs: 900, operations: [command('GET cart:1', 5, 880, { marks: { lost: 105, resent: 780 } })] },
    cause: 'cache.slow',
    says: 'Waited 875 ms for GET cart:? at cache:6379 (its connection was lost after 100 ms, and 675 ms passed until it was sent again).'
  },
  {
    title:
      'a command whose connection was lost, and that had to wait for the first one before: the loss is what is said',
    given: {
      durationMs: 900,
      operations: [
        command('GET cart:1', 5, 880, { marks: { connecting: 5, sent: 305, lost: 405, resent: 580 }, error: 'closed' })
      ]
    },
    cause: 'cache.slow',
    says: / \(its connection was lost after 400 ms, and 175 ms passed until it was sent again\), which failed: closed\.$/
  },
  {
    title: 'a command whose connection was lost, and no other came',
    given: { durationMs: 900, operations: [command('GET cart:1', 5, 880, { marks: { lost: 705 }, error: 'closed' })] },
    cause: 'cache.slow',
    says: / \(its connection was lost after 700 ms, and it was not sent again\), which failed: closed\.$/
  },
  {
    title: 'a command that its client keeps, while its own code ran for a moment: a part is no longer than the whole',
    given: {
      durationMs: 900,
      ownTurns: [[780, 880]],
      operations: [command('GET cart:1', 5, 881, { marks: { connecting: 5, sent: 879 } })]
    },
    cause: 'cache.slow',
    says: /^Waited (77\d ms) for GET cart:\? at cache:6379 \(\1 of it without a connection\)\./
  },
  {
    title: 'a command for which no connection came',
    given: {
      durationMs: 900,
      operations: [command('GET cart:1', 5, 880, { marks: { connecting: 5 }, error: 'closed' })]
    },
    cause: 'cache.slow',
    says: / \(875 ms of it without a connection\), which failed: closed\.$/
  },
  {
    title: 'a slow command whose client connected for a moment',
    given: { durationMs: 900, operations: [command('GET cart:1', 5, 880, { marks: { connecting: 5, sent: 60 } })] },
    cause: 'cache.slow',
    says: /^Waited 875 ms for GET cart:\? at cache:6379\.$/
  }
])
