// How long threads that could run waited for a CPU, and which processes ran on it meanwhile.

import type { Queued, Ran } from '../events.js'
import { sharedWith } from '../intervals.js'
import type { Probe } from '../probe.js'
import { count, ms, plural, table } from '../words.js'

/** Of a wait, and of another's turn: a turn of the scheduler is 3 ms. Shorter ones are in the histogram. */
const LEAST_NS = 500_000
const MAX_ROWS = 5

export const runQueue: Probe = {
  name: 'run-queue',
  needs: { tracepoints: ['sched/sched_switch', 'sched/sched_wakeup'] },
  maps: ['@thread', '@queued', '@wanted', '@since'],

  // @thread: ours, once seen. @queued: [thread] = (since when it waits, CPU + 1). @wanted: [CPU] = which thread of ours waits.
  // @since: [CPU] = when the one that runs there began.
  program: ({ pid }) => `
tracepoint:sched:sched_wakeup /@thread[args->pid]/ {
  @queued[args->pid] = (nsecs, (uint64)args->target_cpu + 1);
  @wanted[args->target_cpu] = args->pid;
}
tracepoint:sched:sched_switch {
  $now = nsecs;
  if (pid == ${pid}) {
    @thread[tid] = 1;
    if ((args->prev_state & 0xff) == 0) {
      @queued[tid] = ($now, (uint64)cpu + 1);
      @wanted[cpu] = args->prev_pid;
    }
  } else if (tid != 0 && @wanted[cpu]) {
    if ($now - @since[cpu] >= ${LEAST_NS}) {
      printf("ran\\t%d\\t%d\\t%llu\\t%llu\\t%s", cpu, pid, @since[cpu], $now, comm);
    }
  }
  $from = @queued[args->next_pid].0;
  if ($from) {
    $where = @queued[args->next_pid].1 - 1;
    if (args->next_pid == ${pid}) { @main = hist(($now - $from) / 1000); }
    else { @others = hist(($now - $from) / 1000); }
    if ($now - $from >= ${LEAST_NS}) {
      printf("queued\\t%d\\t%llu\\t%llu\\t%d\\t%d", args->next_pid, $from, $now, $where, cpu);
    }
    delete(@queued[args->next_pid]);
    if (@wanted[$where] == args->next_pid) { delete(@wanted[$where]); }
  }
  @since[cpu] = $now;
}
`,

  parse([name, ...fields], at): Queued | Ran | undefined {
    if (name === 'ran') {
      const [cpu, pid, from, to, ...comm] = fields
      return { type: 'ran', cpu: Number(cpu), pid: Number(pid), start: at(from), end: at(to), comm: comm.join('\t') }
    }
    if (name !== 'queued') return undefined
    const [tid, from, to, first, last] = fields
    return {
      type: 'queued',
      tid: Number(tid),
      start: at(from),
      end: at(to),
      cpus: [...new Set([Number(first), Number(last)])]
    }
  },

  summary({ counted, events, pid, processName }) {
    const waits = events.filter(event => event.type === 'queued')
    const turns = events.filter(event => event.type === 'ran')
    const ran = ranInstead(
      waits.filter(({ tid }) => tid === pid),
      turns
    ).slice(0, MAX_ROWS)
    return [
      ...['main', 'others'].flatMap(name => {
        const buckets = counted.histograms[name] ?? []
        const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0)
        if (total === 0) return []
        const shares = [0.5, 0.99, 1].map(share => quantileUs(buckets, share))
        const [p50, p99, most] = shares.map(us => `${ms(us / 1000)} ms`)
        const who = name === 'main' ? 'main thread' : 'other threads'
        return [`${who}: ${plural(total, 'wait')}, half under ${p50}, 99 % under ${p99}, all under ${most}`]
      }),
      ...(ran.length > 0
        ? [
            'ran instead of the main thread:',
            ...table(
              ['ms', 'pid', 'process'],
              ran.map(({ pid: other, ms: spent, comm }) => [count(spent), String(other), processName(other, comm)])
            )
          ]
        : [])
    ]
  }
}

/** An upper bound: the end of the bucket in which it lies. */
export function quantileUs(buckets: { toUs: number; count: number }[], share: number): number {
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0)
  let seen = 0
  for (const bucket of buckets) {
    seen += bucket.count
    if (seen >= share * total && seen > 0) return bucket.toUs + 1
  }
  return 0
}

export interface RanInstead {
  pid: number
  comm: string
  ms: number
}

/** Who had the CPU that a thread waited for, the longest first. `waits`: of one thread, so that none overlaps with another. */
export function ranInstead(waits: Queued[], turns: Ran[]): RanInstead[] {
  const cpus = new Set(waits.flatMap(wait => wait.cpus))
  const sharedOn = new Map(Array.from(cpus, cpu => [cpu, sharedWith(waits.filter(wait => wait.cpus.includes(cpu)))]))
  const byPid = new Map<number, RanInstead>()
  for (const turn of turns) {
    const shared = sharedOn.get(turn.cpu)?.(turn) ?? 0
    if (shared === 0) continue
    const sum = byPid.get(turn.pid) ?? { pid: turn.pid, comm: turn.comm, ms: 0 }
    sum.ms += shared
    byPid.set(turn.pid, sum)
  }
  return [...byPid.values()].sort((a, b) => b.ms - a.ms)
}
