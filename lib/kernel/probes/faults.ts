// Page faults that had to read: the page was on disk, in a file that was mapped or in swap. How long each took is a sleep outside
// any system call, which the off-CPU part sees.

import type { Fault } from '../events.js'
import type { Probe } from '../probe.js'
import { plural } from '../words.js'

export const faults: Probe = {
  name: 'page-faults',
  // A software event of perf: every kernel that has eBPF has it.
  needs: { tracepoints: [] },
  maps: [],
  program: ({ pid }) => `
software:major-faults:1 /pid == ${pid}/ { printf("fault\\t%d\\t%llu", tid, nsecs); }
`,

  parse([name, tid, at], ms): Fault | undefined {
    return name === 'fault' ? { type: 'fault', tid: Number(tid), at: ms(at) } : undefined
  },

  summary({ events, threadName }) {
    const byThread = new Map<string, number>()
    for (const event of events) {
      if (event.type !== 'fault') continue
      const name = threadName(event.tid)
      byThread.set(name, (byThread.get(name) ?? 0) + 1)
    }
    return [...byThread].map(([name, times]) => `${name}: ${plural(times, 'page')} had to be read`)
  }
}
