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

/** From outside: nothing of it is known. */
type Loose = Record<string, unknown>

function isTold(value: unknown): value is KernelTold {
  const { version, findings, strips, onCpu, offCpu } = (value ?? {}) as Loose
  return (
    version === 1 &&
    all(findings, ({ kind, ms, sentence }) => isText(kind) && isNumber(ms) && isText(sentence)) &&
    all(strips, ({ name, parts }) => isText(name) && all(parts, isPart)) &&
    all(onCpu, isStack) &&
    all(offCpu, isStack)
  )
}

const all = (list: unknown, is: (each: Loose) => boolean): boolean =>
  Array.isArray(list) && list.every(each => typeof each === 'object' && each !== null && is(each))
const isText = (value: unknown): boolean => typeof value === 'string'
const isNumber = (value: unknown): boolean => Number.isFinite(value)
const isPart = ({ startMs, durationMs, title }: Loose): boolean =>
  isNumber(startMs) && isNumber(durationMs) && isText(title)
const isStack = ({ frames, samples, ms }: Loose): boolean => isNumber(samples) && isNumber(ms) && all(frames, isFrame)
const isFrame = ({ function: name, file, line, column }: Loose): boolean =>
  isText(name) && isText(file) && isNumber(line) && isNumber(column)
