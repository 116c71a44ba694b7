// What came, with the times of senders whose clocks are off put to the console's: else what they sent is missing in a stretch of
// minutes, or stretches it. Pure. To whom that was done is told.

import type { ClockOff, Sums } from '../../fleet/sums.js'
import type { ClockOfSender, Clocks } from '../clocks.js'
import type { Series } from '../metrics.js'
import type { ReportRow, SpanRow } from '../rows.js'
import type { Trace } from '../store.js'

interface Received {
  traces: ReadonlyMap<string, Trace>
  reports: ReadonlyMap<string, ReportRow>
  metrics: ReadonlyMap<string, Series>
}

export interface AtOneClock extends Received {
  off: ClockOfSender[]
}

export function atOneClock({ traces, reports, metrics, clocks }: Received & { clocks: Clocks }): AtOneClock {
  const off = clocks.off()
  // As it is nearly always: then nothing is walked.
  if (off.length === 0) return { traces, reports, metrics, off }
  const ahead = new Map(off.map(({ service, instance, aheadMs }) => [`${service}\n${instance}`, aheadMs]))
  const aheadOf = (service: string, instance: string): number => ahead.get(`${service}\n${instance}`) ?? 0
  return {
    off,
    traces: mapped(traces, trace => shiftedTrace(trace, aheadOf)),
    reports: mapped(reports, row => {
      const aheadMs = aheadOf(row.service, row.instance)
      return aheadMs === 0 ? row : { ...row, at: row.at - aheadMs }
    }),
    metrics: mapped(metrics, series => {
      const aheadMs = aheadOf(series.origin.service, series.origin.instance)
      return aheadMs === 0 ? series : { ...series, steps: series.steps.map(step => shiftedStep(step, aheadMs)) }
    })
  }
}

const mapped = <Value>(map: ReadonlyMap<string, Value>, change: (value: Value) => Value): Map<string, Value> =>
  new Map([...map].map(([key, value]) => [key, change(value)]))

const shiftedStep = (step: Series['steps'][number], aheadMs: number): Series['steps'][number] => {
  return { ...step, fromMs: step.fromMs - aheadMs, toMs: step.toMs - aheadMs }
}

function shiftedTrace(trace: Trace, aheadOf: (service: string, instance: string) => number): Trace {
  const spans = mapped(trace.spans as ReadonlyMap<string, SpanRow>, span => {
    const aheadMs = aheadOf(span.origin.service, span.origin.instance)
    return aheadMs === 0 ? span : { ...span, startMs: span.startMs - aheadMs, endMs: span.endMs - aheadMs }
  })
  return { ...trace, spans, lastMs: [...spans.values()].reduce((last, { endMs }) => Math.max(last, endMs), 0) }
}

/** Of services of the stretch that were heard of in it, each with its instance that is off most. */
export function clocksOff(off: ClockOfSender[], { fromMs, services }: Sums): ClockOff[] {
  return services.flatMap(({ service, instances }) => {
    const [most, ...others] = off
      .filter(each => each.service === service && each.lastHeardMs >= fromMs)
      .sort((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs))
    if (!most) return []
    return [{ service, aheadSeconds: most.aheadMs / 1000, instances: 1 + others.length, ofInstances: instances }]
  })
}
