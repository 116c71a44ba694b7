// Which of the propagation headers an outgoing call gets. Main thread, inside the application's stack.
//
// What the application has set itself stays. Headers that name the trace go together: a tracestate of ours does not belong to
// a trace of theirs. Baggage is of no trace.

export function addHeaders(
  headers: [name: string, value: string][],
  has: (name: string) => boolean,
  add: (name: string, value: string) => void
): void {
  const isTheirs = headers.some(([name]) => name !== 'baggage' && has(name))
  for (const [name, value] of headers) if (name === 'baggage' ? !has(name) : !isTheirs) add(name, value)
}
