// A report's CPU samples as pprof (perftools.profiles.Profile), which `go tool pprof`, Pyroscope and speedscope open. Pure.

import { PbfWriter } from 'pbf'
import type { Frame, Report } from '../types.js'

type Cpu = NonNullable<Report['evidence']['cpu']>

// Numbers of perftools.profiles (profile.proto).
const PROFILE = {
  sampleType: 1,
  sample: 2,
  location: 4,
  function: 5,
  stringTable: 6,
  timeNanos: 9,
  durationNanos: 10,
  periodType: 11,
  period: 12
}
/** Of a sample's labels, and of a label's values. */
const SAMPLE_LABEL = 3
const LABEL_TEXT = 2
const LABEL_NUMBER = 3
const NANOS_PER_MS = 1e6

/**
 * Uncompressed; readers take it with and without gzip. Each sample has the labels by which Splunk finds its span:
 * `trace_id`, `span_id`, `source.event.period`.
 */
export function toPprof(
  { stacks, intervalMs }: Cpu,
  at: number,
  durationMs: number,
  { traceId, spanId }: { traceId: string; spanId: string }
): Uint8Array {
  const strings = new Map<string, number>([['', 0]])
  const text = (value: string): number => {
    if (!strings.has(value)) strings.set(value, strings.size)
    return strings.get(value)!
  }
  const functions = new Map<string, { id: number; frame: Frame }>()
  const idOf = (frame: Frame): number => {
    const key = `${frame.function} ${frame.file}:${frame.line}`
    const found = functions.get(key) ?? { id: functions.size + 1, frame }
    functions.set(key, found)
    return found.id
  }
  const writer = new PbfWriter()
  const valueType = (field: number, type: string, unit: string): void =>
    writer.writeMessage(
      field,
      (_, inner) => {
        inner.writeVarintField(1, text(type))
        inner.writeVarintField(2, text(unit))
      },
      undefined
    )
  const label = (sample: PbfWriter, key: string, field: number, value: number): void =>
    sample.writeMessage(
      SAMPLE_LABEL,
      (_, inner) => {
        inner.writeVarintField(1, text(key))
        inner.writeVarintField(field, value)
      },
      undefined
    )
  valueType(PROFILE.sampleType, 'samples', 'count')
  valueType(PROFILE.sampleType, 'cpu', 'nanoseconds')
  for (const { frames, samples, ms } of stacks) {
    writer.writeMessage(
      PROFILE.sample,
      (_, inner) => {
        inner.writePackedVarint(1, frames.map(idOf))
        inner.writePackedVarint(2, [samples, Math.round(ms * NANOS_PER_MS)])
        label(inner, 'trace_id', LABEL_TEXT, text(traceId))
        label(inner, 'span_id', LABEL_TEXT, text(spanId))
        label(inner, 'source.event.period', LABEL_NUMBER, Math.round(intervalMs))
      },
      undefined
    )
  }
  for (const { id, frame } of functions.values()) {
    writer.writeMessage(
      PROFILE.location,
      (_, inner) => {
        inner.writeVarintField(1, id)
        inner.writeMessage(
          4,
          (_, line) => {
            line.writeVarintField(1, id)
            line.writeVarintField(2, frame.line)
          },
          undefined
        )
      },
      undefined
    )
    writer.writeMessage(
      PROFILE.function,
      (_, inner) => {
        inner.writeVarintField(1, id)
        inner.writeVarintField(2, text(frame.function || '(anonymous)'))
        inner.writeVarintField(3, text(frame.function || '(anonymous)'))
        inner.writeVarintField(4, text(frame.file || '(native)'))
        inner.writeVarintField(5, frame.line)
      },
      undefined
    )
  }
  valueType(PROFILE.periodType, 'cpu', 'nanoseconds')
  writer.writeVarintField(PROFILE.period, Math.round(intervalMs * NANOS_PER_MS))
  writer.writeVarintField(PROFILE.timeNanos, at * NANOS_PER_MS)
  writer.writeVarintField(PROFILE.durationNanos, Math.round(durationMs * NANOS_PER_MS))
  for (const value of strings.keys()) {
    writer.writeTag(PROFILE.stringTable, 2)
    writer.writeBytes(Buffer.from(value))
  }
  return writer.finish()
}
