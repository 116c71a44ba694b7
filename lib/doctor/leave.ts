// A doctor that is ended by Ctrl-C or by a supervisor leaves no program running and no folder behind: work that has something to
// clean up is told, and the signal does what it would have done when that is over.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** `work` ends soon after `leaving` has aborted, how is no matter. */
export async function orLeave<Result>(work: (leaving: AbortSignal) => Promise<Result>): Promise<Result> {
  const leaving = new AbortController()
  const leave = (signal: NodeJS.Signals): void => leaving.abort(signal)
  for (const signal of SIGNALS) process.on(signal, leave)
  try {
    return await work(leaving.signal)
  } finally {
    for (const signal of SIGNALS) process.off(signal, leave)
    if (leaving.signal.aborted) process.kill(process.pid, leaving.signal.reason as NodeJS.Signals)
  }
}
