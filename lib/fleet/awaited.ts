// What part of its calls a service's requests waited for, where only sums tell. Pure.
//
// An awaited call takes no more of a request's time than the request waits for calls at all. So one of which there is more than that
// was made in passing, by requests or by timers: of it counts what the other calls leave of the waiting. Calls that a request makes
// several of may run at once, and then there is as many times more of them.

export interface Made {
  requests: number
  /** As the caller saw them. */
  wholeSeconds: number
  /** A trace has shown how much of it was waited for. */
  isShown: boolean
}

/** Sums of two collections that are not of the same moment differ by some. */
const MORE_THAN_WAITED = 1.25

/** Of each call, in the same order, 0 to 1. `waitedSeconds`: the requests' time in which a call was outstanding. */
export function awaitedShares(made: Made[], requests: number, waitedSeconds: number | undefined): number[] {
  if (waitedSeconds === undefined || waitedSeconds <= 0) return made.map(() => 1)
  const most = (call: Made): number => Math.max(1, call.requests / requests) * waitedSeconds * MORE_THAN_WAITED
  const inPassing = made.map(call => !call.isShown && call.wholeSeconds > most(call))
  const sumWhere = (passing: boolean): number =>
    made.reduce((sum, { wholeSeconds }, i) => sum + (inPassing[i] === passing ? wholeSeconds : 0), 0)
  const left = Math.max(0, waitedSeconds - sumWhere(false)) / sumWhere(true)
  return inPassing.map(passing => (passing ? left : 1))
}
