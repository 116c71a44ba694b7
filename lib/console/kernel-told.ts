// What `perfagent kernel` sent about a slow request, held to its shape before anything reads it. Bounded by what it may weigh.

import type { KernelTold } from '../types.js'

/** 300 parts a strip and 500 stacks of 60 frames are half of that. */
const MAX_CHARS = 4_000_000

/** Undefined when it is none. */
export function readKernelTold(json: string): KernelTold | undefined {
  try {
    const value = json.length <= MAX_CHARS ? JSON.parse(json) : undefined
    return isTold(value) ? value : undefined
  } catch {
    return undefined
  }
}

// biome-ignore lint/suspicious/noExplicitAny: it came from outside, and this is where it gets its type
function isTold(value: any): value is KernelTold {
  return (
    value?.version === 1 &&
    all(value.findings, ({ kind, ms, sentence }) => isText(kind) && isNumber(ms) && isText(sentence)) &&
    all(value.strips, ({ name, parts }) => isText(name) && all(parts, isPart)) &&
    all(value.onCpu, isStack) &&
    all(value.offCpu, isStack)
  )
}

// biome-ignore lint/suspicious/noExplicitAny: as above
type Loose = any

const all = (list: Loose, is: (each: Loose) => boolean): boolean =>
  Array.isArray(list) && list.every(each => typeof each === 'object' && each !== null && is(each))
const isText = (value: Loose): boolean => typeof value === 'string'
const isNumber = (value: Loose): boolean => Number.isFinite(value)
const isPart = ({ startMs, durationMs, title }: Loose): boolean =>
  isNumber(startMs) && isNumber(durationMs) && isText(title)
const isStack = ({ frames, samples, ms }: Loose): boolean =>
  isNumber(samples) &&
  isNumber(ms) &&
  all(frames, frame => isText(frame.function) && isText(frame.file) && isNumber(frame.line) && isNumber(frame.column))
