// Verdicts by the incidents that they were made for: threadpool.

import { fullPool, othersRan, profiled, SELECT, verdicts } from '../incidents.js'
import { block, evidence, kernel, query, samples } from '../timeline.js'

verdicts('threadpool', [
  {
    title: 'libuv’s pool full of hashes while the request waits for a file',
    given: { durationMs: 700, operations: [query(SELECT, 5, 30)] },
    seen: evidence({ fullPool: [fullPool(65, 690, { fs: 1 })] }),
    cause: 'threadpool',
    says: /^Libuv’s thread pool was full for 625 ms \(1 × fs, the rest crypto, zlib or an addon\) while this request waited/,
    confidence: 'measured'
  },
  {
    title: 'a request that fills libuv’s pool by itself',
    given: { durationMs: 1700 },
    seen: evidence({ fullPool: [fullPool(35, 1480, {}, { alone: true })] }),
    cause: 'threadpool',
    says: /^Libuv’s thread pool was full for 1\.4 s \(with crypto, zlib or an addon\) while this request waited for something that nobody times; most likely its own calls filled it: it alone was in flight then\. Inferred: /,
    confidence: 'inferred'
  },
  {
    title: 'four hashes of four requests have the pool: each has a thread, and is slow itself',
    given: { durationMs: 700 },
    seen: evidence({
      fullPool: [fullPool(35, 690, {})],
      kernel: othersRan(700, 660)
    }),
    cause: 'threadpool',
    says: /Inferred: its own call may be one of those that had a thread, and slow itself\.$/,
    confidence: 'inferred'
  },
  {
    title: 'four hashes of one request, which has the pool for itself',
    given: { durationMs: 1700 },
    seen: evidence({ fullPool: [fullPool(35, 1480, {}, { alone: true })] }),
    cause: 'threadpool',
    says: /; most likely its own calls filled it: it alone was in flight then\. Inferred: its own call may be one of those that had a thread/,
    confidence: 'inferred'
  },
  {
    title: 'a hash that came when the pool was full of others, and was slow itself once it had a thread',
    given: { durationMs: 1700 },
    seen: evidence({ fullPool: [fullPool(-20, 1480, {})] }),
    cause: 'threadpool',
    says: /Inferred: that the request waited for the pool is concluded from when it was full\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a hash that is asked for when libuv’s pool was full of others',
    given: { durationMs: 700 },
    seen: evidence({ fullPool: [fullPool(-20, 690, {})] }),
    cause: 'threadpool',
    says: /waited for a call in it\.$/,
    confidence: 'measured'
  },
  {
    title: 'a request that comes while another’s calls fill libuv’s pool',
    given: { durationMs: 700 },
    seen: evidence({ fullPool: [fullPool(-20, 690, { fs: 1 }, { alone: true })] }),
    cause: 'threadpool',
    says: /waited for a call in it\.$/
  },
  {
    title: 'a request that fills libuv’s pool for a moment, and then waits behind others',
    given: { durationMs: 700 },
    seen: evidence({
      fullPool: [fullPool(35, 200, { fs: 1 }, { alone: true }), fullPool(200, 690, { fs: 1 }, { alone: false })]
    }),
    cause: 'threadpool',
    says: /waited for a call in it\.$/
  },
  {
    title: 'libuv’s pool full on a Node that does not list reads of files',
    given: { durationMs: 700, operations: [query(SELECT, 5, 30)] },
    seen: evidence({ fullPool: [fullPool(65, 690, { fs: 1, readsUnlisted: true })] }),
    cause: 'threadpool',
    says: /full for 625 ms \(1 × fs, the rest crypto, zlib, fs\.readFile or an addon\) while/,
    confidence: 'measured'
  },
  {
    title: 'many files that wait behind hashes, which keep a CPU busy',
    given: { durationMs: 900 },
    seen: evidence({
      fullPool: [fullPool(35, 890, { fs: 22 })],
      kernel: othersRan(900, 840)
    }),
    cause: 'threadpool',
    says: /full for 855 ms \(crypto, zlib or an addon at work, 22 × fs under way or waiting\)/,
    confidence: 'measured'
  },
  {
    title: 'few files that wait behind hashes, which keep a CPU busy',
    given: { durationMs: 900 },
    seen: evidence({
      fullPool: [fullPool(35, 890, { fs: 3 })],
      kernel: othersRan(900, 840)
    }),
    cause: 'threadpool',
    says: /full for 855 ms \(crypto, zlib or an addon at work, 3 × fs under way or waiting\)/,
    confidence: 'measured'
  },
  {
    title: 'four files of a dead network drive have the pool, and names wait behind them',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [fullPool(35, 890, { fs: 4, dns: 3 })] }),
    cause: 'threadpool',
    says: /full for 855 ms \(4 × fs, 3 × dns.lookup\)/,
    confidence: 'measured'
  },
  {
    title: 'one of few files that are slow themselves, as of a dead drive: it may have a thread',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [fullPool(35, 890, { fs: 5 })] }),
    cause: 'threadpool',
    says: /Inferred: its own call may be one of those that had a thread, and slow itself\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a file that was asked for when the pool was full of slow ones',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [fullPool(-20, 890, { fs: 5 })] }),
    cause: 'threadpool',
    says: /\(5 × fs\) while this request waited for a call in it\.$/,
    confidence: 'measured'
  },
  {
    title: 'one of many files: most of them wait',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [fullPool(35, 890, { fs: 8 })] }),
    cause: 'threadpool',
    says: /\(8 × fs\) while this request waited for a call in it\.$/,
    confidence: 'measured'
  },
  {
    title: 'hashes have the pool and the CPUs, and the main thread only sleeps',
    given: { durationMs: 1900 },
    seen: evidence({
      fullPool: [fullPool(80, 1880, { fs: 1 })],
      kernel: kernel(1900, { waits: Array.from({ length: 93 }, (_, i) => [i * 20 + 12, i * 20 + 20]) })
    }),
    cause: 'threadpool',
    says: /full for 1.[78] s/,
    confidence: 'measured'
  },
  {
    title: 'hashes have the pool and the CPUs, and the heartbeat often comes late for want of one',
    given: { durationMs: 1900 },
    seen: evidence({
      blocks: Array.from({ length: 18 }, (_, i) => block(i * 100 + 40, i * 100 + 100)),
      fullPool: [fullPool(80, 1880, { fs: 1 })],
      kernel: kernel(1900, { waits: Array.from({ length: 18 }, (_, i) => [i * 100 + 40, i * 100 + 100]) })
    }),
    cause: 'threadpool',
    says: /full for 1.[78] s/,
    confidence: 'measured'
  },
  {
    title: 'a file that is opened, read and closed, each behind a full pool',
    given: { durationMs: 1600, operations: [query(SELECT, 0, 20)] },
    seen: evidence({
      fullPool: [35, 550, 1070].map(start => fullPool(start, start + 505, { fs: 1 }))
    }),
    cause: 'threadpool',
    says: /full for 1.5 s/,
    confidence: 'measured'
  },
  {
    title: 'lookups alone never fill the pool: somebody has the other half',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [fullPool(35, 890, { dns: 8 })] }),
    cause: 'threadpool',
    says: /\(8 × dns.lookup, the rest crypto, zlib or an addon\)/
  },
  {
    title: 'a full pool of which nobody could be asked',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [fullPool(35, 890, undefined)] }),
    cause: 'threadpool',
    says: /\(with what could not be asked\)/
  },
  {
    title: 'a pool that was full for a quarter of a second, and a wait that was over with that',
    given: { durationMs: 300, thresholdMs: 100 },
    seen: evidence({ fullPool: [fullPool(35, 290, { fs: 1 })] }),
    cause: 'threadpool',
    says: /full for 255 ms/,
    confidence: 'measured'
  },
  {
    title: 'a pool that was full for less than that: so short ones end with any wait',
    given: { durationMs: 200, thresholdMs: 100 },
    seen: evidence({ fullPool: [fullPool(20, 195, { fs: 1 })] }),
    cause: 'threadpool',
    says: /Inferred: that the request waited for the pool is concluded from when it was full/,
    confidence: 'inferred'
  },
  {
    title: 'a timer that ends while the pool is still full: that it waited for the pool is a guess',
    given: { durationMs: 700 },
    seen: evidence({ fullPool: [fullPool(35, 1400, { fs: 4 })] }),
    cause: 'threadpool',
    says: /Inferred: that the request waited for the pool is concluded from when it was full/,
    confidence: 'inferred'
  },
  {
    title: 'a timer that goes on when the pool has long been free',
    given: { durationMs: 900 },
    seen: evidence({ fullPool: [fullPool(35, 500, { fs: 4 })] }),
    cause: 'threadpool',
    says: /Inferred/,
    confidence: 'inferred'
  },
  {
    title: 'its own code ran while the pool was full',
    given: { durationMs: 700, ownTurns: [[10, 690]] },
    seen: evidence({
      cpu: samples([10, 690, profiled]),
      fullPool: [fullPool(40, 690, { fs: 4 })]
    }),
    cause: 'cpu.own',
    says: /renderCsv/
  },
  {
    title: 'a full pool does not excuse a slow query',
    given: { durationMs: 700, operations: [query(SELECT, 5, 690)] },
    seen: evidence({ fullPool: [fullPool(0, 700, { fs: 5 })] }),
    cause: 'db.slow_query',
    says: /^Waited 685 ms for SELECT orders/,
    confidence: 'measured'
  }
])
