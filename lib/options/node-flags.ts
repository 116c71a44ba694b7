// What Node was told when this thread began: NODE_OPTIONS, then the command line, which has the last word, or what a worker was given in
// its place (`execArgv`). Main thread and workers.
// Names are written with hyphens, as V8 and Node take either.

import { environment } from './config.js'

export function nodeFlags(): string[] {
  const { NODE_OPTIONS: options = '' } = environment()
  return [...options.split(/\s+/), ...process.execArgv].map(flag => {
    const [name = ''] = flag.split('=', 1)
    return name.replaceAll('_', '-') + flag.slice(name.length)
  })
}

/**
 * In a single executable application with a snapshot no flag says so. The function of Node's that brings it back calls what is preloaded
 * (Node 20 to 26), and this file is loaded then. Such an application has its own name twice in `argv`; in any other process nobody takes a
 * stack for it, which is 0.5 ms of CPU.
 */
const isBroughtBack = process.argv[1] === process.argv0 && stackOfLoad().includes('node:internal/v8/startup_snapshot')

export const isFromSnapshot = (): boolean =>
  isBroughtBack || nodeFlags().some(flag => /^--snapshot-blob(?:=|$)/.test(flag))

function stackOfLoad(): string {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = Number.POSITIVE_INFINITY
  try {
    return new Error().stack ?? ''
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/**
 * Node's own profiler and its coverage are told of every profile in their thread, and print each on stderr, whole, as a message that
 * they did not ask for (Node 20 to 26).
 */
export function profiledBy(): string | undefined {
  if (environment()['NODE_V8_COVERAGE']) return 'NODE_V8_COVERAGE'
  return nodeFlags().includes('--cpu-prof') ? '--cpu-prof' : undefined
}
