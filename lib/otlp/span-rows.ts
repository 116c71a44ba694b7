// The spans of one plain request, from its row in a batch and those of its operations: ids, times, the path, and what all of its
// kind have in common (span-kinds.ts). Pure.

import type { PbfWriter } from 'pbf'
import {
  type Batch,
  NONE,
  OPERATION,
  OPERATION_FLAGS,
  OPERATION_LENGTH,
  REQUEST,
  REQUEST_FLAGS,
  REQUEST_LENGTH
} from '../batch/format.js'
import { readMarks, readPath } from '../batch/reader.js'
import { isPlainUrl, maskUrl } from '../scrub/url.js'
import { type PhaseName, phasesOf, sumPhases } from '../verdict/phases.js'
import { roundMs } from '../verdict/words.js'
import { toProtobuf } from './encode.js'
import { phaseAttribute } from './operation.js'
import {
  append,
  beginSpan,
  endSpan,
  type Key,
  keyOf,
  writeAscii,
  writeDerivedId,
  writeFlags,
  writeNumber,
  writeParentSpanId,
  writeSpanId,
  writeText,
  writeTimes,
  writeTraceId
} from './span-fields.js'
import type { Kinds } from './span-kinds.js'
import { derivedWords, flagsOf } from './spans.js'

const URL_PATH = keyOf('url.path')
const URL_QUERY = keyOf('url.query')
const URL_FULL = keyOf('url.full')
/** In the order of the row. */
const POOL = ['size', 'in_use', 'waiting'].map(name => keyOf(`perfagent.pool.${name}`))
const phaseKeys = new Map<PhaseName, Key>()

function phaseKey(name: PhaseName): Key {
  let key = phaseKeys.get(name)
  if (!key) {
    key = keyOf(phaseAttribute(`${name}Ms`))
    phaseKeys.set(name, key)
  }
  return key
}

/** Writes the spans of the request whose row begins at a place, and returns how long it took, in milliseconds. */
export function createRowWriter(writer: PbfWriter, batch: Batch, kinds: Kinds): (at: number) => number {
  const { numbers, names, paths } = batch
  /** Of the request that is being written. As a report says it: in whole milliseconds when it began, in tenths how long it took. */
  let epochMs = 0
  let durationMs = 0
  let sampled = false

  return at => {
    const start = numbers[at + REQUEST.start]!
    const flags = numbers[at + REQUEST.flags]!
    epochMs = Math.trunc(batch.epochMs + start)
    durationMs = roundMs(Math.max(0, numbers[at + REQUEST.end]! - start))
    sampled = (flags & REQUEST_FLAGS.sampled) !== 0
    writeRequest(at, (flags & REQUEST_FLAGS.hasParent) !== 0)
    let row = at + REQUEST_LENGTH
    for (let i = 0; i < numbers[at + REQUEST.operations]!; i++) {
      writeOperation(at, row, i)
      row += numbers[row + OPERATION.length]!
    }
    return durationMs
  }

  function writeRequest(at: number, hasParent: boolean): void {
    const begun = beginSpan(writer)
    writeTraceId(writer, numbers, at + REQUEST.traceId)
    writeSpanId(writer, numbers, at + REQUEST.spanId)
    if (hasParent) writeParentSpanId(writer, numbers, at + REQUEST.parentSpanId)
    const traceState = names[numbers[at + REQUEST.traceState]!]!
    if (traceState !== '') append(writer, toProtobuf('Span', { traceState }))
    writeTimes(writer, epochMs, epochMs + durationMs)
    append(writer, kinds.bytesOf(at))
    writePath(at)
    writeFlags(writer, flagsOf({ sampled }, hasParent))
    endSpan(writer, begun)
  }

  function writePath(at: number): void {
    const from = numbers[at + REQUEST.path]!
    const length = numbers[at + REQUEST.pathLength]!
    if (length !== NONE && isPlainUrl(paths, from, from + length)) {
      writeAscii(writer, URL_PATH, paths, from, length)
      return
    }
    const masked = maskUrl(readPath(batch, at))
    const query = masked.indexOf('?')
    writeText(writer, URL_PATH, query < 0 ? masked : masked.slice(0, query))
    if (query >= 0) writeText(writer, URL_QUERY, masked.slice(query + 1))
  }

  function writeOperation(at: number, row: number, index: number): void {
    const flags = numbers[row + OPERATION.flags]!
    const start = numbers[row + OPERATION.start]!
    const end = numbers[row + OPERATION.end]!
    const startMs = roundMs(start - numbers[at + REQUEST.start]!)
    // What never ended lasted as long as its request.
    const isOpen = Number.isNaN(end)
    const endMs = isOpen ? Math.max(startMs, durationMs) : startMs + roundMs(end - start)
    const spanId = at + REQUEST.spanId
    const { bytes, url } = kinds.operation(row)
    const begun = beginSpan(writer)
    writeTraceId(writer, numbers, at + REQUEST.traceId)
    writeParentSpanId(writer, numbers, spanId)
    if (flags & OPERATION_FLAGS.hasId) writeSpanId(writer, numbers, row + OPERATION.spanId)
    else writeDerivedId(writer, derivedWords(numbers[spanId]!, numbers[spanId + 1]!, index))
    writeTimes(writer, epochMs + startMs, epochMs + endMs)
    append(writer, bytes)
    writeText(writer, URL_FULL, url)
    if (flags & OPERATION_FLAGS.hasMarks) writePhases(row, isOpen ? numbers[at + REQUEST.end]! : end)
    if (flags & OPERATION_FLAGS.hasPool) writePool(row + OPERATION_LENGTH)
    writeFlags(writer, flagsOf({ sampled }, false))
    endSpan(writer, begun)
  }

  function writePhases(row: number, until: number): void {
    const start = numbers[row + OPERATION.start]!
    const end = numbers[row + OPERATION.end]!
    const phases = phasesOf({ marks: readMarks(numbers, row), start, end, error: undefined }, until)
    for (const [name, ms] of sumPhases(phases)) writeNumber(writer, phaseKey(name), roundMs(ms))
  }

  function writePool(from: number): void {
    for (let i = 0; i < POOL.length; i++) writeNumber(writer, POOL[i]!, numbers[from + i]!)
  }
}
