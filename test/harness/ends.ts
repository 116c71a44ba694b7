// The ways for a process to end that tests of exits go through.

/** How test/apps/exits.js can be told to end. */
export const ENDS = [
  'naturally',
  'by process.exit(3)',
  'by process.reallyExit(3)',
  // Node 22.15 and newer.
  ...('execve' in process ? ['by process.execve()'] : []),
  'by an uncaught throw',
  'by an unhandled rejection',
  'by a listener of its exit that throws',
  'by a signal to itself',
  'by SIGTERM with a handler'
]
