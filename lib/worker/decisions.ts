// What the beforeReport hooks of a thread decide about reports. Agent thread; the hooks run on the thread itself (report-hooks.ts), which may
// be blocked, or end.
//
// Kept true: each report is decided about once. One that no hook has released, because none has answered in DECIDE_MS or the thread has
// ended, is dropped: a hook may have been about to take a secret out of it.

import type { Report } from '../types.js'
import type { FromAgentThread } from './messages.js'

const DECIDE_MS = 60_000

export interface Decisions {
  /** Resolves with the report as it may leave; null: it is dropped. */
  ask(report: Report): Promise<Report | null>
  /** What the hooks have decided. */
  answer(id: string, report: Report | null): void
  /** The thread has ended, and decides nothing any more. */
  end(): void
}

export interface DecisionsOptions {
  tell(message: FromAgentThread): void
  /** Hears of each report that is dropped because nobody has decided. */
  undecided(report: Report): void
}

export function createDecisions({ tell, undecided }: DecisionsOptions): Decisions {
  /** Those that wait for an answer; told undefined when none will come. */
  const waiting = new Map<string, (decided: Report | null | undefined) => void>()
  let hasEnded = false

  return {
    ask(report) {
      return new Promise(resolve => {
        const timer = setTimeout(() => waiting.get(report.id)?.(undefined), DECIDE_MS)
        waiting.set(report.id, decided => {
          clearTimeout(timer)
          waiting.delete(report.id)
          if (decided === undefined) undecided(report)
          resolve(decided ?? null)
        })
        if (hasEnded) waiting.get(report.id)?.(undefined)
        else tell({ type: 'decide', report })
      })
    },
    answer(id, report) {
      waiting.get(id)?.(report)
    },
    end() {
      hasEnded = true
      for (const decide of waiting.values()) decide(undefined)
    }
  }
}
