// Look-ups of names: dns.slow, or threadpool where they stood behind others.

import { fullPool, verdicts } from '../incidents.js'
import { behind, call, dns, evidence, OPEN, other } from '../timeline.js'

const LOOK_UP = { kind: 'dns', system: 'dns', target: undefined } as const

verdicts('dns.slow', [
  {
    title: 'a call whose name is looked up behind a full pool: no name server is to blame',
    given: {
      durationMs: 900,
      operations: [call('GET http://stock:8080/items', 20, 880, { marks: { socket: 21, dns: 860, connect: 861 } })]
    },
    seen: evidence({ fullPool: [fullPool(30, 858, { dns: 1 })] }),
    cause: 'threadpool',
    says: /^Libuv’s thread pool was full for 839 ms \(1 × dns.lookup, .*\) while this request waited for the look-up of a name, before GET stock:8080\/items could be sent\.$/,
    confidence: 'measured'
  },
  {
    title: 'a look-up behind a full pool, which is still full when it is over: that it stood in the queue is a guess',
    given: { durationMs: 900, operations: [dns('lookup stock', 20, 880)] },
    seen: evidence({ fullPool: [fullPool(30, 1400, { fs: 9, dns: 1 })] }),
    cause: 'threadpool',
    says: /while this request waited for lookup stock\. Inferred: that the request waited for the pool/,
    confidence: 'inferred'
  },
  {
    title: 'a look-up that goes on when the pool has long been free: a slow name server',
    given: { durationMs: 900, operations: [dns('lookup stock', 20, 880)] },
    seen: evidence({ fullPool: [fullPool(30, 780, { fs: 4, dns: 1 })] }),
    cause: 'dns.slow',
    says: /lookup stock/
  },
  {
    title: 'a look-up that is over as a pool becomes free that was full for a moment: a slow name server',
    given: { durationMs: 900, operations: [dns('lookup stock', 20, 880)] },
    seen: evidence({ fullPool: [fullPool(600, 878, { fs: 4, dns: 1 })] }),
    cause: 'dns.slow',
    says: /lookup stock/
  },
  {
    title: 'a short look-up behind a full pool, and then a long wait that nobody times',
    given: { durationMs: 900, operations: [dns('lookup stock', 40, 240)] },
    seen: evidence({ fullPool: [fullPool(35, 890, { fs: 9, dns: 1 })] }),
    cause: 'threadpool',
    says: /while this request waited for something that nobody times\./
  },
  {
    title: 'dns.resolve needs no thread of a full pool',
    given: { durationMs: 900, operations: [dns('resolve4 stock', 20, 880)] },
    seen: evidence({ fullPool: [fullPool(30, 878, { fs: 4 })] }),
    cause: 'dns.slow',
    says: /resolve4 stock/
  },
  {
    title: 'a call whose name is looked up behind a slow one: no name server of its own is to blame',
    given: {
      durationMs: 900,
      operations: [
        call('GET http://stock:8080/items', 20, 880, { marks: { socket: 21, dns: 860, connect: 861 } }),
        dns('lookup stock', 21, 860, {
          ahead: behind('lookup hooks.example', 15, 855, { ...LOOK_UP, request: other('GET /hook') })
        })
      ]
    },
    cause: 'threadpool',
    says: /^Waited 834 ms for a thread for lookup stock, before GET stock:8080\/items could be sent: half of libuv’s threads look up names, and lookup hooks\.example of GET \/hook had one of them\.$/,
    confidence: 'measured',
    culprit: {
      route: 'GET /hook',
      statement: 'lookup hooks.example',
      target: '',
      traceId: '00000000000000000000000000000099'
    }
  },
  {
    title: 'a look-up behind others that is slow itself, too: both are told',
    given: {
      durationMs: 900,
      operations: [
        dns('lookup stock', 20, 880, {
          ahead: behind('lookup stock', 15, 380, { ...LOOK_UP, request: other('GET /hook') })
        })
      ]
    },
    cause: 'dns.slow',
    says: /^Waited 500 ms for lookup stock\. Another 360 ms \(40 %\) went to threadpool \(lookup stock behind others\)\.$/
  },
  {
    title: 'a look-up of a request that still runs, whose turn has not come',
    given: {
      durationMs: 900,
      status: 'running',
      operations: [
        dns('lookup stock', 20, OPEN, {
          ahead: {
            ...behind('lookup hooks.example', 15, 0, { ...LOOK_UP, request: null, end: Number.NaN }),
            until: Number.NaN
          }
        })
      ]
    },
    cause: 'threadpool',
    says: /^Still running\. Waited 880 ms for a thread for lookup stock: .* lookup hooks\.example of code outside any request had one of them\.$/
  }
])
