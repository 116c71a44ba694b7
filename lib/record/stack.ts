// The stack of the main thread as text, without a word of the application's: no `Error.prepareStackTrace` of its own runs. Nor
// Node's, which with --enable-source-maps reads files and runs regular expressions (chars.ts); the agent thread applies the maps
// (lib/evidence/sourcemap.ts).

const asText = (error: Error, sites: NodeJS.CallSite[]): string =>
  `${error.name}\n${sites.map(site => `    at ${site}`).join('\n')}`

export function plainStack(frames: number): string {
  const errors: { prepareStackTrace?: unknown; stackTraceLimit: number } = Error
  const { prepareStackTrace, stackTraceLimit } = errors
  errors.prepareStackTrace = asText
  errors.stackTraceLimit = frames
  try {
    return new Error().stack ?? ''
  } finally {
    errors.prepareStackTrace = prepareStackTrace
    errors.stackTraceLimit = stackTraceLimit
  }
}
