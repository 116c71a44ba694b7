// What the application wants done with reports: onSlowRequest and beforeReport. Main thread and workers. A hook that fails is
// logged; a filter that fails drops its report.

import { log } from '../process/log.js'
import type { Report, ReportFilter, SlowRequestHook } from '../types.js'
import type { ToAgentThread } from './messages.js'

export interface ReportHooks {
  /** Each returns its undo. */
  onSlowRequest(hook: SlowRequestHook, running: boolean): () => void
  beforeReport(filter: ReportFilter): () => void
  /** Which there are, for the agent thread. */
  registered(): ToAgentThread
  tell(report: Report): void
  decide(report: Report): void
}

export function createReportHooks(send: (message: ToAgentThread) => void): ReportHooks {
  // Copied to be walked: a hook may take itself back and register anew, and would come once more, and so on for ever.
  const slowRequestHooks = new Set<{ hook: SlowRequestHook; running: boolean }>()
  const filters = new Set<{ filter: ReportFilter }>()

  function register<Entry>(set: Set<Entry>, entry: Entry): () => void {
    set.add(entry)
    send(hooks.registered())
    return () => {
      set.delete(entry)
      send(hooks.registered())
    }
  }

  /** A report into which a filter has put what cannot be cloned (a function, a socket) is dropped. */
  function answer(id: string, report: Report | null): void {
    try {
      send({ type: 'decided', id, report })
    } catch (error) {
      log('warn', `a beforeReport hook made a report that cannot be sent, so it was dropped: ${textOf(error)}`)
      send({ type: 'decided', id, report: null })
    }
  }

  /** A filter that throws drops the report: it may have been about to take a secret out. */
  function filtered(report: Report): Report | null {
    let decided: Report | null = report
    for (const { filter } of [...filters]) {
      try {
        const result = filter(decided)
        if (result === null) return null
        decided = result ?? decided
        if (isReport(decided)) continue
        log('warn', 'a beforeReport hook returned neither a report nor null, so its report was dropped')
        return null
      } catch (error) {
        log('warn', `a beforeReport hook failed, so its report was dropped: ${textOf(error)}`)
        return null
      }
    }
    return decided
  }

  const hooks: ReportHooks = {
    onSlowRequest: (hook, running) => register(slowRequestHooks, { hook, running }),
    beforeReport: filter => register(filters, { filter }),
    registered: () => ({ type: 'hooks', reports: slowRequestHooks.size > 0, decides: filters.size > 0 }),
    tell(report) {
      for (const { hook, running } of [...slowRequestHooks]) {
        if (report.status === 'running' && !running) continue
        const fail = (error: unknown): void => log('warn', `an onSlowRequest hook failed: ${textOf(error)}`)
        try {
          Promise.resolve(hook(report)).catch(fail)
        } catch (error) {
          fail(error)
        }
      }
    },
    decide(report) {
      const { id } = report
      answer(id, filtered(report))
    }
  }
  return hooks
}

/** What the agent thread cannot do without. */
const isReport = ({ kind, dropped }: Partial<Report>): boolean =>
  kind === 'slow_request' && typeof dropped?.reports === 'number'

const textOf = (error: unknown): string => (error instanceof Error ? error.message : typeof error)
