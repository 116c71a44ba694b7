// Time for tests of the queue: stands still until told, and knows when the next timer is due.

import type { Io } from '../../lib/export/exporter.js'

export interface Clock extends Io {
  lines: string[]
  /** Passes so much time; everything due on the way is called, with promises settled after each. */
  pass(ms: number): Promise<void>
  /** Timers that have neither come nor been cancelled. */
  pending(): number
}

export function fakeClock(random: () => number = () => 0.5): Clock {
  let moment = 1000
  let timers: { at: number; call: () => void }[] = []
  const lines: string[] = []
  return {
    lines,
    now: () => moment,
    epochMs: () => Date.UTC(2026, 10, 22) + moment,
    random,
    log: (_level, text) => void lines.push(text),
    colors: false,
    pending: () => timers.length,
    after(ms, call) {
      const timer = { at: moment + Math.max(0, ms), call }
      timers.push(timer)
      return () => {
        timers = timers.filter(other => other !== timer)
      }
    },
    async pass(ms) {
      const end = moment + ms
      await settled()
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        timers = timers.filter(timer => timer !== next)
        moment = next.at
        next.call()
        await settled()
      }
      moment = end
    }
  }
}

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
