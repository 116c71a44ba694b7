// What OTLP names become in Prometheus and whatever speaks like it, by OpenTelemetry's compatibility specification. Pure.

const UNITS: Record<string, string> = { s: 'seconds', By: 'bytes', '1': 'ratio' }

export interface Named {
  name: string
  /** UCUM; what stands in braces is no unit. */
  unit: string
  kind: 'histogram' | 'counter' | 'updown' | 'gauge'
}

/** `perfagent.request.time`, a counter of seconds → `perfagent_request_time_seconds_total`. A histogram's has `_bucket`, … behind it. */
export function prometheusName({ name, unit, kind }: Named): string {
  const suffix = unit === '1' && kind !== 'gauge' ? undefined : UNITS[unit]
  return [labelName(name), ...(suffix ? [suffix] : []), ...(kind === 'counter' ? ['total'] : [])].join('_')
}

export const labelName = (attribute: string): string => attribute.replaceAll(/[^A-Za-z0-9_]/g, '_')
