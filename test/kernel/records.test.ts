// What bpftrace, perf and ss write, read back. The texts are recordings of bpftrace 0.17, perf 6.1 and iproute2 6.1.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readSample, summary } from '../../lib/kernel/on-cpu.js'
import { named, readPerfMap } from '../../lib/kernel/perf-map.js'
import { PROBES } from '../../lib/kernel/probes/index.js'
import type { Summarized } from '../../lib/kernel/recording.js'
import { functionName, nsToMs, readLine, readStack } from '../../lib/kernel/records.js'
import { readCounter, readEstablished, readQueues } from '../../lib/kernel/sockets.js'

/** As the session does it. */
function parse(data: string): unknown {
  const line = readLine(JSON.stringify({ type: 'printf', data }))
  if (line?.type !== 'record') return undefined
  return PROBES.map(probe => probe.parse(line.fields, nsToMs)).find(Boolean)
}

describe('records of bpftrace', () => {
  const cases: Record<string, [data: string, expected: object]> = {
    'read of a FIFO': [
      'file\t25891\t35936866334532\t35937165882163\t0\t2\t4516\t/\ttmp\tff',
      {
        type: 'call',
        tid: 25891,
        start: 35936866.334532,
        end: 35937165.882163,
        call: 0,
        result: 2,
        file: '/tmp/ff',
        kind: 'fifo',
        peer: undefined
      }
    ],
    'a file deep down': [
      'file\t1\t1000000\t3000000\t0\t9\t33188\tapp\tdata\twith a\ttab',
      {
        type: 'call',
        tid: 1,
        start: 1,
        end: 3,
        call: 0,
        result: 9,
        file: '…/app/data/with a/tab',
        kind: 'file',
        peer: undefined
      }
    ],
    'a file in the root': [
      'file\t1\t1000000\t3000000\t0\t9\t33188\t/\t/\tx',
      { type: 'call', tid: 1, start: 1, end: 3, call: 0, result: 9, file: '/x', kind: 'file', peer: undefined }
    ],
    'read of a TCP connection': [
      'socket\t1\t1000000\t3000000\t0\t9\t2\t10.0.0.2\ta00:2::\t14357',
      {
        type: 'call',
        tid: 1,
        start: 1,
        end: 3,
        call: 0,
        result: 9,
        file: undefined,
        kind: 'socket',
        peer: '10.0.0.2:5432'
      }
    ],
    'read of a connection by IPv6 that is one by IPv4': [
      'socket\t1\t1000000\t3000000\t0\t9\t10\t0.0.0.0\t::ffff:10.0.0.2\t14357',
      {
        type: 'call',
        tid: 1,
        start: 1,
        end: 3,
        call: 0,
        result: 9,
        file: undefined,
        kind: 'socket',
        peer: '10.0.0.2:5432'
      }
    ],
    'read of a local socket': [
      'socket\t1\t1000000\t3000000\t0\t9\t1\t80.149.40.4\t5095:2804::\t34945',
      { type: 'call', tid: 1, start: 1, end: 3, call: 0, result: 9, file: undefined, kind: 'socket', peer: undefined }
    ],
    'another process had the CPU': [
      'ran\t1\t4711\t1000000\t5000000\tbusy\tloop',
      { type: 'ran', cpu: 1, pid: 4711, start: 1, end: 5, comm: 'busy\tloop' }
    ],
    'a wait for a CPU': ['queued\t7\t1000000\t5000000\t1\t1', { type: 'queued', tid: 7, start: 1, end: 5, cpus: [1] }],
    'a flush of the disk': ['io\t1000000\t5000000\t0\tFF', { type: 'io', start: 1, end: 5, bytes: 0, flags: 'FF' }],
    'a page fault': ['fault\t7\t1000000', { type: 'fault', tid: 7, at: 1 }],
    'a packet sent again': [
      'tcp\tretransmit\t1000000\t2\t1\t40444\t14357\t10.0.0.1\t10.0.0.2\t::ffff:10.0.0.1\t::ffff:10.0.0.2\t77',
      {
        type: 'tcp',
        sign: 'retransmit',
        at: 1,
        local: '10.0.0.1:40444',
        peer: '10.0.0.2:5432',
        connecting: false,
        inode: 77
      }
    ],
    'a connection by IPv6 that nobody answers': [
      'tcp\tretransmit\t1000000\t10\t2\t40444\t14357\t0.0.0.0\t0.0.0.0\tfd00::1\tfd00::2\t77',
      {
        type: 'tcp',
        sign: 'retransmit',
        at: 1,
        local: '[fd00::1]:40444',
        peer: '[fd00::2]:5432',
        connecting: true,
        inode: 77
      }
    ]
  }
  for (const [name, [data, expected]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(parse(data), expected))
  }

  it('a sleep has both stacks, leaf first', () => {
    const kernel =
      '\n\tffffffff821f8298 __schedule+1560\n\tffffffff816c5f46 anon_pipe_read+870\n\tffffffff816b8f9a ksys_read+186\n'
    const user =
      '\n\t7f55d10362ec __libc_read+76 (/usr/lib/x86_64-linux-gnu/libc.so.6)\n\t18b1edc uv_fs_read+332 (/usr/bin/node)\n' +
      '\tcc6425 node::fs::Read(v8::FunctionCallbackInfo<v8::Value> const&)+1445 (/usr/bin/node)\n\t7f4704008436\n'
    assert.deepEqual(parse(`sleep\t7\t1000000\t301000000\t1\t${kernel}\t${user}`), {
      type: 'sleep',
      tid: 7,
      start: 1,
      end: 301,
      call: 0,
      kernel: ['__schedule', 'anon_pipe_read', 'ksys_read'],
      user: ['__libc_read', 'uv_fs_read', 'node::fs::Read', '0x7f4704008436']
    })
  })

  it('sums and histograms', () => {
    assert.deepEqual(
      readLine(
        '{"type": "stats", "data": {"@calls": {"25891,332": {"count": 10, "average": 5039, "total": 5000000}}}}'
      ),
      { type: 'calls', calls: [{ tid: 25891, call: 332, count: 10, ms: 5 }] }
    )
    assert.deepEqual(
      readLine('{"type": "hist", "data": {"@main": [{"max": -1, "count": 1}, {"min": 2, "max": 3, "count": 7}]}}'),
      {
        type: 'histogram',
        name: 'main',
        buckets: [
          { fromUs: 0, toUs: -1, count: 1 },
          { fromUs: 2, toUs: 3, count: 7 }
        ]
      }
    )
    assert.deepEqual(readLine('{"type": "lost_events", "data": {"events": 123}}'), { type: 'lost', count: 123 })
  })

  it('anything else is no line, and nothing throws', () => {
    assert.equal(readLine('Attaching 7 probes...'), undefined)
    assert.equal(readLine('{"type": "attached_probes", "data": {"probes": 6}}'), undefined)
    fc.assert(fc.property(fc.string(), text => readLine(text) === undefined || true))
    fc.assert(
      fc.property(fc.array(fc.string()), fields =>
        PROBES.every(probe => typeof probe.parse(fields, nsToMs) !== 'string')
      )
    )
    fc.assert(
      fc.property(fc.constantFrom('stats', 'hist', 'printf', 'lost_events'), fc.jsonValue(), (type, data) => {
        readLine(JSON.stringify({ type, data }))
      })
    )
  })

  it('a record is of one part alone', () => {
    for (const [data] of Object.values(cases)) {
      const fields = data.split('\t')
      assert.equal(PROBES.filter(probe => probe.parse(fields, nsToMs)).length, 1, data)
    }
  })
})

describe('names of functions', () => {
  const cases: Record<string, string> = {
    'uv_fs_read+332 (/usr/bin/node)': 'uv_fs_read',
    'node::fs::Read(v8::FunctionCallbackInfo<v8::Value> const&)+1445 (/usr/bin/node)': 'node::fs::Read',
    'v8::internal::(anonymous namespace)::Invoke(v8::internal::Isolate*)+299 (/usr/bin/node)':
      'v8::internal::(anonymous namespace)::Invoke',
    'v8::internal::MaybeHandle<void (*)(int)> Api::Call<false>(int)+1':
      'v8::internal::MaybeHandle<void (*)(int)> Api::Call<false>',
    'JS:*hot /tmp/spin.js:1:36': 'JS:*hot /tmp/spin.js:1:36',
    'JS:^ /app/a (b).js:2:13': 'JS:^ /app/a (b).js:2:13',
    '[unknown]': '',
    '': ''
  }
  for (const [symbol, name] of Object.entries(cases))
    it(symbol || 'none', () => assert.equal(functionName(symbol), name))

  it('a stack of anything', () => {
    fc.assert(fc.property(fc.string(), text => readStack(text).every(frame => frame !== '')))
  })
})

describe('samples of perf', () => {
  it('head and stack', () => {
    const lines = [
      'node 24064 35670.303887: ',
      '\t    7f4704006c94 JS:*hot /tmp/spin.js:1:36',
      '\t    7f4704009155 [unknown]',
      '\t         14ce0dc Builtins_JSEntryTrampoline'
    ]
    assert.deepEqual(readSample(lines), {
      type: 'sample',
      tid: 24064,
      at: 35670303.887,
      frames: ['JS:*hot /tmp/spin.js:1:36', '0x7f4704009155', 'Builtins_JSEntryTrampoline']
    })
  })
  it('99 are a second', () => {
    const events = Array.from({ length: 99 }, (_, i) => ({ type: 'sample', tid: 7, at: i, frames: ['hot'] }) as const)
    const [, row] = summary({ events, threadName: () => 'main' } as unknown as Summarized)
    assert.match(row!, /^ *main +1000 +hot/)
  })
  it('a thread with blanks in its name', () => {
    assert.equal(readSample(['V8 Worker 1 77 1.000001:'])?.tid, 77)
  })
  it('what is no sample', () => {
    assert.equal(readSample([]), undefined)
    assert.equal(readSample(['Warning: something']), undefined)
  })
})

describe('the map of compiled JavaScript', () => {
  const map = readPerfMap('1000 10 JS:*a /a.js:1:1\n1010 20 JS:*b /b.js:1:1\ngarbage\n1000 8 JS:*c /c.js:1:1\n')
  it('a later line wins, an address beyond a function is nobody’s', () => {
    assert.equal(map.nameOf(0x1000n), 'JS:*c /c.js:1:1')
    assert.equal(map.nameOf(0x1007n), 'JS:*c /c.js:1:1')
    assert.equal(map.nameOf(0x1008n), undefined)
    assert.equal(map.nameOf(0x1010n), 'JS:*b /b.js:1:1')
    assert.equal(map.nameOf(0xfffn), undefined)
    assert.deepEqual(named(['read', '0x1011', '0x9999'], map), ['read', 'JS:*b /b.js:1:1', '0x9999'])
  })
  it('a function that lies where others lay is not taken for them, wherever they had begun', () => {
    const moved = readPerfMap('1000 10 before\n1008 10 old\n1000 20 JS:*new /n.js:1:1\n1030 10 a\n1038 10 later\n')
    for (const address of [0x1000n, 0x1009n, 0x101fn]) assert.equal(moved.nameOf(address), 'JS:*new /n.js:1:1')
    assert.equal(moved.nameOf(0x1031n), undefined)
    assert.equal(moved.nameOf(0x1039n), 'later')
  })
  it('every address of a function is found', () => {
    const functions = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 1 })
    fc.assert(
      fc.property(functions, fc.integer({ min: 0, max: 15 }), (slots, inside) => {
        const text = slots.map(slot => `${(slot * 16).toString(16)} 10 f${slot}`).join('\n')
        return slots.every(slot => readPerfMap(text).nameOf(BigInt(slot * 16 + inside)) === `f${slot}`)
      })
    )
  })
})

describe('what ss and /proc tell', () => {
  const established = [
    'ESTAB 0      0          127.0.0.1:40444    127.0.0.1:8123 users:(("node",pid=71,fd=20))',
    '\t cubic wscale:7,7 rto:204 rtt:0.05/0.02 ato:40 mss:32768 retrans:0/3 rcv_rtt:1 rcv_ooopack:2 minrtt:0.01',
    'ESTAB 0      0    [::ffff:10.0.0.1]:40446 [::ffff:10.0.0.2]:5432 users:(("node",pid=71,fd=21))',
    '\t cubic rto:204 rtt:12.5/0.02',
    'ESTAB 0      0          127.0.0.1:8123     127.0.0.1:40444 users:(("node",pid=711,fd=20))',
    '\t cubic rto:204 rtt:9/0.02'
  ].join('\n')

  it('peers of this process alone', () => {
    assert.deepEqual(readEstablished(established, 71), [
      { peer: '127.0.0.1:8123', rttMs: 0.05, retransmits: 3, outOfOrder: 2 },
      { peer: '10.0.0.2:5432', rttMs: 12.5, retransmits: 0, outOfOrder: 0 }
    ])
  })
  it('accept queues', () => {
    const listening =
      'LISTEN 3 511 *:8123 *:* users:(("node",pid=71,fd=18))\nLISTEN 0 511 *:8124 *:* users:(("node",pid=71,fd=19))\n'
    assert.deepEqual(readQueues(listening, 71), [{ local: '*:8123', waiting: 3, limit: 511 }])
  })
  it('counters', () => {
    const netstat =
      'TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 22 333\nIpExt: InNoRoutes\nIpExt: 4\n'
    assert.equal(readCounter(netstat, 'ListenOverflows'), 22)
    assert.equal(readCounter(netstat, 'InNoRoutes'), 4)
    assert.equal(readCounter(netstat, 'Nothing'), 0)
    assert.equal(readCounter('', 'ListenDrops'), 0)
  })
})
