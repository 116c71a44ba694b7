// What is kept of an error: its text. Main thread, inside the application's stack.

const MAX_ERROR = 512

/** Never calls into an object of the application: a message may be a getter that throws. */
export function errorText(error: unknown): string {
  try {
    const { message, name } = error as { message?: unknown; name?: unknown }
    const text =
      typeof message === 'string' ? message : typeof error === 'string' ? error : String(name ?? typeof error)
    return text.slice(0, MAX_ERROR)
  } catch {
    return 'error'
  }
}
