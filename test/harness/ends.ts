// The ways for a process to end that tests of exits go through.

/** How test/apps/exits.js can be told to end. */
export const ENDS = [
  'naturally',
  'by process.exit(3)',
  'by process.reallyExit(3)',
  'by an uncaught throw',
  'by an unhandled rejection',
  'by a signal to itself',
  'by SIGTERM with a handler'
]
