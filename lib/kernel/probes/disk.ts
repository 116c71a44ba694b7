// Block I/O of this process: latency and size. A request is the process's when one of its threads put it into the queue; what
// the kernel writes back later by itself is nobody's.

import type { BlockIo } from '../events.js'
import type { Probe } from '../probe.js'
import { bytes, ms, plural } from '../words.js'
import { quantileUs } from './run-queue.js'

const SLOW_NS = 500_000

const queued = (tracepoint: string, pid: number): string => `
tracepoint:block:${tracepoint} /pid == ${pid} && !@io[args->dev, args->sector].0/ {
  @io[args->dev, args->sector] = (nsecs, (uint64)args->bytes);
}`

export const disk: Probe = {
  name: 'disk',
  needs: { tracepoints: ['block/block_rq_insert', 'block/block_rq_issue', 'block/block_rq_complete'] },
  maps: ['@io'],

  // Without an I/O scheduler a request is issued without having been inserted.
  program: ({ pid }) => `${queued('block_rq_insert', pid)}${queued('block_rq_issue', pid)}
tracepoint:block:block_rq_complete /@io[args->dev, args->sector].0/ {
  $from = @io[args->dev, args->sector].0;
  @disk = hist((nsecs - $from) / 1000);
  if (nsecs - $from >= ${SLOW_NS}) {
    printf("io\\t%llu\\t%llu\\t%llu\\t%s", $from, nsecs, @io[args->dev, args->sector].1, args->rwbs);
  }
  delete(@io[args->dev, args->sector]);
}
`,

  parse([name, from, to, size, flags = ''], at): BlockIo | undefined {
    return name === 'io' ? { type: 'io', start: at(from), end: at(to), bytes: Number(size), flags } : undefined
  },

  summary({ counted, events }) {
    const buckets = counted.histograms['disk'] ?? []
    const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0)
    if (total === 0) return []
    const slow = events.filter(event => event.type === 'io')
    const [slowest] = [...slow].sort((a, b) => b.end - b.start - (a.end - a.start))
    return [
      `${plural(total, 'request')}, half under ${ms(quantileUs(buckets, 0.5) / 1000)} ms, 99 % under ${ms(quantileUs(buckets, 0.99) / 1000)} ms`,
      ...(slowest
        ? [`slowest: ${ioName(slowest.flags)} of ${bytes(slowest.bytes)} in ${ms(slowest.end - slowest.start)} ms`]
        : [])
    ]
  }
}

/** `WS` is a synchronous write, `FF` and `FWS` flush the disk's own cache. */
export const ioName = (flags: string): string =>
  flags.startsWith('R') ? 'read' : flags.startsWith('F') ? 'flush' : flags.startsWith('D') ? 'discard' : 'write'
