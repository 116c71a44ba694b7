// Where threads sleep: the stack, in which system call, how long. A sleep lasts from the moment the thread leaves the CPU to the
// moment it is woken; what comes then is the run queue's.
//
// The event loop that waits for events, and a pool's thread that waits for work, are not looked at: at 5,000 requests a second
// that would be a stack for each of them. What a sleep in a lock costs other threads than the main one is in the counts of calls.

import type { Sleep } from '../events.js'
import type { Probe } from '../probe.js'
import { readStack } from '../records.js'
import { callName, numbersOf, WAITS_FOR_EVENTS } from '../syscalls.js'
import { ms, table } from '../words.js'

const SLOW_NS = 1_000_000
const MAX_ROWS = 10
const KERNEL_FRAMES = 16
const USER_FRAMES = 48

export const offCpu: Probe = {
  name: 'off-cpu',
  needs: { tracepoints: ['sched/sched_switch', 'sched/sched_wakeup'], part: 'syscalls' },
  maps: ['@slept', '@kernel', '@user'],

  // A state without a bit of the lowest eight means that the thread could have gone on.
  program: ({ pid }) => `
tracepoint:sched:sched_switch /pid == ${pid} && (args->prev_state & 0xff) != 0/ {
  $call = @call[tid].1 & 0xffff;
  if (!(${inCall(WAITS_FOR_EVENTS)}) && (tid == ${pid} || !(${inCall(['futex'])}))) {
    @slept[tid] = (nsecs, $call);
    @kernel[tid] = kstack(perf, ${KERNEL_FRAMES});
    @user[tid] = ustack(perf, ${USER_FRAMES});
  }
}
tracepoint:sched:sched_wakeup /@slept[args->pid].0/ {
  $from = @slept[args->pid].0;
  if (nsecs - $from >= ${SLOW_NS}) {
    printf("sleep\\t%d\\t%llu\\t%llu\\t%d\\t%s\\t%s", args->pid, $from, nsecs, @slept[args->pid].1,
      @kernel[args->pid], @user[args->pid]);
  }
  delete(@slept[args->pid]);
}
`,

  parse([name, tid, from, to, call, ...stacks], at): Sleep | undefined {
    if (name !== 'sleep') return undefined
    // Stacks have tabs in them, and each begins with a line feed: between the two is one that only a tab follows.
    const [kernel, user] = stacks.join('\t').split('\n\t\n')
    return {
      type: 'sleep',
      tid: Number(tid),
      start: at(from),
      end: at(to),
      call: Number(call) - 1,
      kernel: readStack(kernel),
      user: readStack(user)
    }
  },

  summary({ events, threadName }) {
    const sums = new Map<string, { row: string[]; ms: number; count: number }>()
    for (const event of events) {
      if (event.type !== 'sleep') continue
      const row = [threadName(event.tid), reasonOf(event), placeOf(event)]
      const key = row.join('\n')
      const sum = sums.get(key) ?? { row, ms: 0, count: 0 }
      sum.ms += event.end - event.start
      sum.count++
      sums.set(key, sum)
    }
    const longest = [...sums.values()].sort((a, b) => b.ms - a.ms).slice(0, MAX_ROWS)
    if (longest.length === 0) return []
    return table(
      ['thread', 'ms', 'times', 'slept in', 'called by'],
      longest.map(({ row: [thread, reason, place], ms: slept, count }) => [
        thread!,
        ms(slept),
        String(count),
        reason!,
        place!
      ])
    )
  }
}

const inCall = (names: string[]): string =>
  numbersOf(names)
    .map(number => `$call == ${number + 1}`)
    .join(' || ')

/** What the kernel was doing, for a sleep outside a system call. The first that is found on the stack. */
const REASONS: [pattern: RegExp, reason: string][] = [
  [/^(?:do_swap_page|swap_read_folio)/, 'page fault: read from swap'],
  [/^(?:filemap_fault|__filemap_get_folio|folio_wait|__folio_lock)/, 'page fault: read from disk'],
  [/(?:page_fault|handle_mm_fault)/, 'page fault'],
  [/^do_exit/, 'end of the thread']
]

export function reasonOf({ call, kernel }: Sleep): string {
  if (call >= 0) return callName(call)
  return REASONS.find(([pattern]) => kernel.some(frame => pattern.test(frame)))?.[1] ?? kernel.at(-1) ?? 'the kernel'
}

/** Frames of V8 and libc that stand between a function and what it called. */
const PLUMBING =
  /^(?:0x|__libc|__GI_|syscall$|Builtins_|Builtin:|v8::|_start|__clone|start_thread|clone3|__pthread|pthread_|v8impl)/

/** The function nearest to the sleep that says something: JavaScript if it has a name, else Node's or libuv's own. */
export function placeOf({ user }: Sleep): string {
  const javascript = user.find(frame => /^(?:JS|LazyCompile|Function):/.test(frame))
  const native = user.find(frame => !PLUMBING.test(frame))
  return [native, javascript].filter(Boolean).join(' ← ') || 'unknown'
}
