// A line of a log that gets the ids of the trace to which it belongs. Main thread. The names are those of OpenTelemetry's "Trace
// Context in non-OTLP Log Formats".

export interface TraceIds {
  trace_id: string
  span_id: string
  trace_flags: string
}

/** Puts the ids at the end of a line of JSON. What is no such line, or has a trace already, stays as it is. */
export function addToJsonLine(line: string, ids: TraceIds): string {
  const end = line.lastIndexOf('}')
  if (!line.startsWith('{') || line.slice(end + 1).trim() !== '' || line.includes('"trace_id":')) return line
  const comma = line.slice(1, end).trim() === '' ? '' : ','
  return `${line.slice(0, end)}${comma}${JSON.stringify(ids).slice(1)}${line.slice(end + 1)}`
}

/** As text: `trace_id=… span_id=… trace_flags=…`. */
export const toText = (ids: TraceIds): string =>
  Object.entries(ids)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')

/** Puts the ids into a record that the logger made itself; what it has already stays. */
export function addToRecord(record: object, ids: TraceIds): void {
  if (!Object.hasOwn(record, 'trace_id')) Object.assign(record, ids)
}
