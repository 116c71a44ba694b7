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

/** Of Node's own start: single executable applications with a snapshot are not known by any flag. */
export const isFromSnapshot = (): boolean => nodeFlags().some(flag => /^--snapshot-blob(?:=|$)/.test(flag))

/**
 * Node's own profiler and its coverage are told of every profile in their thread, and print each on stderr, whole, as a message that
 * they did not ask for (Node 20 to 26).
 */
export function profiledBy(): string | undefined {
  if (environment()['NODE_V8_COVERAGE']) return 'NODE_V8_COVERAGE'
  return nodeFlags().includes('--cpu-prof') ? '--cpu-prof' : undefined
}
