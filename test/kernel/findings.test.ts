// What is said of a slow request, from what the kernel saw. Cases are named after incidents.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Call, KernelEvent, TcpTrouble } from '../../lib/kernel/events.js'
import { findingsOf, type Stretch } from '../../lib/kernel/findings.js'
import { folded } from '../../lib/kernel/folded.js'
import { coveredMs } from '../../lib/kernel/intervals.js'
import { roleOf, threadNames } from '../../lib/kernel/names.js'
import { quantileUs } from '../../lib/kernel/probes/run-queue.js'
import { createRecording } from '../../lib/kernel/recording.js'
import { numbersOf } from '../../lib/kernel/syscalls.js'
import type { ReportOperation } from '../../lib/types.js'
import { growthBy } from '../scrub/growth.js'

const PID = 10
const [READ, FSYNC] = numbersOf(['read', 'fsync']) as [number, number]

const stretch = (events: KernelEvent[], rest: Partial<Stretch> = {}): Stretch => ({
  pid: PID,
  start: 1000,
  end: 2000,
  events,
  operations: [],
  peers: [],
  tcpWatched: true,
  threadName: tid => (tid === PID ? 'main' : 'libuv'),
  processName: (pid, comm) => (pid === 77 ? 'node busy.js' : comm),
  addressesOf: host => (host === 'db' ? ['10.0.0.2'] : []),
  ...rest
})

const call = (start: number, end: number, rest: Partial<Call> = {}): Call => ({
  type: 'call',
  tid: PID,
  start,
  end,
  call: READ,
  result: 1,
  file: '/tmp/f',
  kind: 'fifo',
  peer: undefined,
  ...rest
})

const query = (startMs: number, durationMs: number | null, target = 'db:5432/shop'): ReportOperation => ({
  kind: 'db',
  system: 'postgresql',
  name: 'SELECT orders',
  text: 'SELECT ?',
  target,
  startMs,
  durationMs,
  count: 1,
  error: null,
  spanId: null,
  statusCode: null,
  phases: null,
  pool: null
})

const again = (at: number, rest: Partial<TcpTrouble> = {}): TcpTrouble => ({
  type: 'tcp',
  sign: 'retransmit',
  at,
  local: '10.0.0.1:4',
  peer: '10.0.0.2:5432',
  connecting: false,
  inode: 5,
  ...rest
})

const sentences = (given: Stretch): string[] => findingsOf(given).map(({ sentence }) => sentence)

describe('findings in the kernel', () => {
  it('a blocking read of a FIFO, cut to pieces by signals', () => {
    const user = ['__libc_read', 'uv_fs_read', 'JS:*readSlowly /app.js:5:1']
    const calls = [call(900, 1200), call(1200, 1500)]
    const [finding] = findingsOf(
      stretch([...calls, { type: 'sleep', tid: PID, start: 1201, end: 1499, call: READ, kernel: ['pipe_read'], user }])
    )
    assert.equal(finding?.sentence, 'The main thread was 500 ms in 2 calls of read of the FIFO /tmp/f.')
    assert.equal(finding.ms, 500)
    assert.deepEqual(finding.stack, user)
  })

  it('fsync in the pool, on a slow disk', () => {
    const given = stretch([
      call(1100, 1600, { tid: 12, call: FSYNC, file: '/var/lib/x', kind: 'file' }),
      { type: 'io', start: 1110, end: 1590, bytes: 2 << 20, flags: 'WS' }
    ])
    assert.deepEqual(sentences(given), [
      'A libuv thread was 500 ms in fsync of /var/lib/x: the disk took 480 ms for 1 request (write, 2.0 MiB).'
    ])
  })

  it('a busy neighbour: who ran instead is named, with what it had of that wait alone', () => {
    const given = stretch([
      { type: 'queued', tid: PID, start: 900, end: 1300, cpus: [1] },
      { type: 'queued', tid: 12, start: 1000, end: 1900, cpus: [0] },
      { type: 'ran', cpu: 1, pid: 77, comm: 'node', start: 950, end: 1250 },
      { type: 'ran', cpu: 0, pid: 78, comm: 'other', start: 1000, end: 1900 }
    ])
    assert.deepEqual(sentences(given), [
      'The main thread could run and waited 300 ms for a CPU; meanwhile node busy.js (pid 77) ran 250 ms.'
    ])
  })

  it('a wait for a CPU that nobody had', () => {
    const given = stretch([{ type: 'queued', tid: PID, start: 1000, end: 1300, cpus: [1] }])
    assert.match(sentences(given)[0]!, /waited 300 ms for a CPU; no other process was seen/)
  })

  it('pages that had to be read', () => {
    const kernel = ['__schedule', 'io_schedule', 'filemap_fault', 'asm_exc_page_fault']
    const given = stretch([
      { type: 'sleep', tid: PID, start: 1000, end: 1400, call: -1, kernel, user: ['JS:*f /a.js:1:1'] }
    ])
    assert.match(sentences(given)[0]!, /slept 400 ms outside any system call \(page fault: read from disk\)/)
  })

  describe('a slow query', () => {
    it('the network lost packets', () => {
      const given = stretch([again(1300), again(1700)], { operations: [query(100, 650)] })
      assert.deepEqual(sentences(given), [
        'The network lost packets: 2 packets sent again. Of 650 ms for db:5432/shop, 600 ms were before the last of them.'
      ])
      assert.equal(findingsOf(given)[0]?.kind, 'network')
    })
    it('the peer was slow', () => {
      const peers = [{ peer: '10.0.0.2:5432', rttMs: 0.4, retransmits: 0, outOfOrder: 0 }]
      const given = stretch([], { operations: [query(100, 650)], peers })
      assert.deepEqual(sentences(given), [
        'The peer was slow: no packet was sent again; a round trip takes 0.40 ms. Of 650 ms for db:5432/shop, all but the round trip were its own.'
      ])
    })
    it('the peer was slow, whatever the network lost before and after', () => {
      const given = stretch([again(1050), again(1800)], { operations: [query(100, 650)] })
      assert.match(sentences(given)[0]!, /^The peer was slow: no packet was sent again\. /)
      assert.equal(findingsOf(given)[0]?.ms, 650)
    })
    it('of many at once: a packet is counted once, and time is no more than there was', () => {
      const operations = [query(100, 650), query(110, 640), query(120, 630)]
      assert.deepEqual(sentences(stretch([again(1700)], { operations })), [
        'The network lost packets: 1 packet sent again. Of 650 ms for db:5432/shop, 600 ms were before the last of them.'
      ])
      assert.match(sentences(stretch([], { operations }))[0]!, /^The peer was slow: .*\. Of 650 ms for db:5432\/shop/)
    })
    it('a connection was reset: that is no packet that was lost', () => {
      const given = stretch([again(1700, { sign: 'reset-received' })], { operations: [query(100, 650)] })
      assert.deepEqual(sentences(given), [
        'The peer was slow: no packet was sent again, 1 reset. Of 650 ms for db:5432/shop, all but the round trip were its own.'
      ])
    })
    const others: Record<string, [TcpTrouble, ReportOperation]> = {
      'a packet to another host': [again(1700, { peer: '10.0.0.3:5432' }), query(100, 650)],
      'a packet to another port': [again(1700, { peer: '10.0.0.2:80' }), query(100, 650)],
      'a packet before it': [again(1050), query(100, 650)],
      'a packet right at its begin': [again(1101), query(100, 650)],
      'a packet after it': [again(1800), query(100, 650)]
    }
    for (const [name, [trouble, operation]] of Object.entries(others)) {
      it(`${name} is not what it waited for`, () => {
        assert.equal(findingsOf(stretch([trouble], { operations: [operation] }))[0]?.kind, 'peer')
      })
    }
    it('a host that nobody knows is known by its port', () => {
      const given = stretch([again(1700)], { operations: [query(100, 650, 'pg.internal:5432/shop')] })
      assert.equal(findingsOf(given)[0]?.kind, 'network')
    })
    it('while it runs', () => {
      assert.equal(findingsOf(stretch([again(1900)], { operations: [query(100, null)] }))[0]?.ms, 800)
    })
    it('nothing is said of what has no port, since TCP tells nothing of it', () => {
      const targets = ['', 'shop.db', '/run/postgresql']
      assert.deepEqual(sentences(stretch([], { operations: targets.map(target => query(100, 650, target)) })), [])
    })
    it('nothing is said where TCP was not watched', () => {
      assert.deepEqual(sentences(stretch([], { operations: [query(100, 650)], tcpWatched: false })), [])
    })
  })

  it('are found in a time that is linear in what was seen', function () {
    this.timeout(60_000)
    const run = (count: number): (() => unknown) => {
      const times = Array.from({ length: count }, (_, i) => 1000 + (i * 1000) / count)
      const eachMs = 1000 / count
      const events = times.flatMap((start): KernelEvent[] => [
        call(start, start + eachMs / 2),
        { type: 'sleep', tid: PID, start, end: start + eachMs / 2, call: READ, kernel: [], user: [] },
        { type: 'sleep', tid: PID, start, end: start + eachMs / 2, call: -1, kernel: [], user: [] },
        { type: 'io', start, end: start + eachMs / 2, bytes: 1, flags: 'R' },
        { type: 'queued', tid: PID, start, end: start + eachMs, cpus: [1] },
        { type: 'ran', cpu: 1, pid: 77, comm: 'node', start, end: start + eachMs / 2 }
      ])
      return () => findingsOf(stretch(events))
    }
    const ratios: number[] = []
    // A busy machine, or a collection, only ever adds. It was 16 when each call was compared with each sleep.
    while (ratios.length < 3 && !ratios.some(ratio => ratio < 8)) ratios.push(growthBy(run, 4096))
    assert.ok(
      ratios.some(ratio => ratio < 8),
      `${ratios}`
    )
  })

  it('what took a twentieth of the time explains nothing', () => {
    assert.deepEqual(sentences(stretch([call(1000, 1040)])), [])
  })

  it('names of files cannot command a terminal', () => {
    assert.match(sentences(stretch([call(1000, 1500, { file: '/\x1b[2J' })]))[0]!, /\\x1b\[2J/)
  })

  it('time is never counted twice, nor beyond the stretch', () => {
    const interval = fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }))
    fc.assert(
      fc.property(fc.array(interval), pairs => {
        const intervals = pairs.map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }))
        const seconds = Array.from({ length: 50 }, (_, i) => i + 25)
        const expected = seconds.filter(at => intervals.some(({ start, end }) => start <= at && at + 1 <= end)).length
        return coveredMs(intervals, 25, 75) === expected
      })
    )
  })
})

describe('threads', () => {
  it('are called by what their stacks say', () => {
    assert.equal(roleOf(['read', 'uv_fs_read', 'uv__fs_work', 'worker', 'start_thread']), 'libuv')
    assert.equal(roleOf(['futex', 'node::(anonymous namespace)::PlatformWorkerThread']), 'V8')
    assert.equal(roleOf(['read']), undefined)
    const sleep: KernelEvent = { type: 'sleep', tid: 12, start: 1, end: 2, call: 0, kernel: [], user: ['uv__fs_work'] }
    const name = threadNames(PID, [sleep], tid => (tid === 13 ? 'node' : 'v8:Prof'))
    assert.deepEqual([10, 12, 13, 14].map(name), ['main', 'libuv', 'other', 'v8:Prof'])
  })
})

describe('folded stacks', () => {
  const events: KernelEvent[] = [
    {
      type: 'sleep',
      tid: PID,
      start: 1,
      end: 3,
      call: READ,
      kernel: ['schedule', 'vfs_read'],
      user: ['uv_fs_read', 'JS:*f;g /a b.js']
    },
    {
      type: 'sleep',
      tid: PID,
      start: 5,
      end: 6,
      call: READ,
      kernel: ['schedule', 'vfs_read'],
      user: ['uv_fs_read', 'JS:*f;g /a b.js']
    },
    { type: 'sample', tid: PID, at: 2, frames: ['JS:*hot /a.js', 'uv_run'] }
  ]
  it('sleeps, root first, in microseconds', () => {
    assert.deepEqual(
      folded(events, 'off-cpu', () => 'main'),
      ['main;JS:*f:g /a b.js;uv_fs_read;read;vfs_read_[k];schedule_[k] 3000']
    )
  })
  it('samples', () => {
    assert.deepEqual(
      folded(events, 'on-cpu', () => 'main'),
      ['main;uv_run;JS:*hot /a.js 10101']
    )
  })
})

describe('the recording', () => {
  const fault = (at: number): KernelEvent => ({ type: 'fault', tid: 1, at })
  it('a clock that counted while the machine slept is set right by what bpftrace says', () => {
    const recording = createRecording()
    recording.tick(3_601_000, 1100)
    recording.tick(3_602_000, 2001)
    recording.add(fault(3_601_500), 'bpftrace')
    recording.add({ type: 'sample', tid: 1, at: 1501, frames: [] }, 'monotonic')
    assert.deepEqual(
      recording.between(0, 10_000).map(event => 'at' in event && Math.round(event.at)),
      [1501, 1501]
    )
  })
  it('a line that came late is no other clock', () => {
    const recording = createRecording()
    recording.tick(1000, 1030)
    recording.add(fault(1500), 'bpftrace')
    assert.deepEqual(recording.between(0, 10_000), [fault(1500)])
  })
  it('is bounded, keeps the newest, and counts what it lost', () => {
    const recording = createRecording()
    for (let i = 0; i < 250_000; i++) recording.add(fault(i), 'bpftrace')
    const kept = recording.between(0, 1e9).length
    assert.ok(kept <= 100_000)
    assert.equal(kept + recording.dropped(), 250_000)
    assert.equal(recording.between(249_999, 1e9).length, 1)
  })
})

describe('quantiles of a histogram', () => {
  const buckets = [
    { toUs: 1, count: 90 },
    { toUs: 1023, count: 10 }
  ]
  it('are upper bounds', () => {
    assert.deepEqual(
      [0.5, 0.9, 0.99].map(share => quantileUs(buckets, share)),
      [2, 2, 1024]
    )
    assert.equal(quantileUs([], 0.5), 0)
  })
})
