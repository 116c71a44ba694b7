// The stack of the main thread as text, without a word of the application's: no `Error.prepareStackTrace` of its own runs.

export function plainStack(frames: number): string {
  const errors: { prepareStackTrace?: unknown; stackTraceLimit: number } = Error
  const { prepareStackTrace, stackTraceLimit } = errors
  errors.prepareStackTrace = undefined
  errors.stackTraceLimit = frames
  try {
    return new Error().stack ?? ''
  } finally {
    errors.prepareStackTrace = prepareStackTrace
    errors.stackTraceLimit = stackTraceLimit
  }
}
