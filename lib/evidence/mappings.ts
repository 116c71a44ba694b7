// The mappings of a source map (ECMA-426), from its text to where a place in the generated code was written. Pure.
//
//   mappings   lines of the generated code, joined by `;`: segments joined by `,`
//   segment    1, 4 or 5 numbers, each the distance to the last of its kind: column, source, its line, its column, name
//
// Decoded they lie outside of V8's heap, in 3.6 bytes for each character of the text; lines without segments take none. Node's own SourceMap
// takes 16 bytes of the heap and ten times as long: 123 to 151 ms for 2 million characters instead of 6 to 14 (Node 20 to 26). In a map of
// sections each has mappings of its own, behind those before it.

/** All count from 0. */
export interface Place {
  source: string
  line: number
  column: number
}

export interface Mappings {
  /** Of the last segment up to there; undefined where it has no source. */
  find(line: number, column: number): Place | undefined
}

interface Whole {
  mappings?: string
  sources?: (string | null)[]
  /** The folder of those that are no whole address. */
  sourceRoot?: string | null
}

export interface SourceMapJson extends Whole {
  sections?: { offset: { line: number; column: number }; map: Whole }[]
}

export const sizeOf = (json: SourceMapJson): number =>
  partsOf(json).reduce((sum, { map: { mappings = '' } }) => sum + mappings.length, 0)

const partsOf = (json: SourceMapJson): NonNullable<SourceMapJson['sections']> =>
  json.sections ?? [{ offset: { line: 0, column: 0 }, map: json }]

const WHOLE = /^(?:[a-z][a-z\d+.-]*:|[\\/])/i

function sourcesOf({ sources = [], sourceRoot }: Whole): (string | null)[] {
  if (typeof sourceRoot !== 'string' || sourceRoot === '') return sources
  const folder = sourceRoot.endsWith('/') ? sourceRoot : `${sourceRoot}/`
  return sources.map(source => (source === null || WHOLE.test(source) ? source : folder + source))
}

/** Numbers of a segment: line, column, source, its line, its column. */
const WIDTH = 5
const NO_SOURCE = -1
const MAX_LINES = 2 ** 31

/** Throws for what is no source map, and where segments are in no order, as no tool writes them. */
export function decode(json: SourceMapJson): Mappings {
  const parts = partsOf(json)
  const sources = parts.flatMap(({ map }) => sourcesOf(map))
  const segments = new Int32Array(WIDTH * parts.reduce((sum, { map }) => sum + segmentsIn(map.mappings ?? ''), 0))
  let count = 0
  let sourcesBefore = 0
  let line = 0
  let column = 0

  function add({ offset, map: { mappings = '', sources = [] } }: (typeof parts)[number]): void {
    // Nothing here may grow with a number that the map names: a list that outgrows the heap of this thread ends the process.
    if (!(offset.line >= line && offset.line < MAX_LINES)) throw new Error('sections are in no order')
    if (offset.line > line) column = 0
    line = offset.line
    const reader = { text: mappings, at: 0 }
    let [base, source, sourceLine, sourceColumn] = [offset.column, sourcesBefore, 0, 0]
    while (reader.at < mappings.length) {
      const char = mappings.charCodeAt(reader.at)
      if (char === SEMICOLON) {
        line++
        base = column = 0
      }
      if (char === SEMICOLON || char === COMMA) {
        reader.at++
        continue
      }
      base += readNumber(reader)
      if (!(base >= column)) throw new Error('a line has its segments in no order')
      column = base
      const hasSource = !endsSegment(reader)
      if (hasSource) {
        source += readNumber(reader)
        sourceLine += readNumber(reader)
        sourceColumn += readNumber(reader)
        if (!endsSegment(reader)) readNumber(reader)
      }
      const at = WIDTH * count++
      segments[at] = line
      segments[at + 1] = column
      segments[at + 2] = hasSource ? source : NO_SOURCE
      segments[at + 3] = sourceLine
      segments[at + 4] = sourceColumn
    }
    sourcesBefore += sources.length
  }

  for (const part of parts) add(part)
  return {
    // The first of a line may lie behind the place: then the last of a line before is meant.
    find(line, column) {
      let low = 0
      let high = count
      while (low < high) {
        const middle = (low + high) >> 1
        const distance = line - segments[WIDTH * middle]! || column - segments[WIDTH * middle + 1]!
        if (distance >= 0) low = middle + 1
        else high = middle
      }
      const at = WIDTH * (low - 1)
      const source = sources[segments[at + 2] ?? NO_SOURCE]
      return source == null ? undefined : { source, line: segments[at + 3]!, column: segments[at + 4]! }
    }
  }
}

const COMMA = 44
const SEMICOLON = 59

interface Reader {
  text: string
  at: number
}

const endsSegment = ({ text, at }: Reader): boolean => {
  const char = text.charCodeAt(at)
  return at >= text.length || char === COMMA || char === SEMICOLON
}

/** Base 64: five bits a digit, the low ones first, and a sixth that says that there are more. The lowest of all is the sign. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUES = Int8Array.from({ length: 128 }, (_, char) => DIGITS.indexOf(String.fromCharCode(char)))
const MORE = 32

function readNumber(reader: Reader): number {
  let value = 0
  for (let shift = 0; ; shift += 5) {
    const digit = VALUES[reader.text.charCodeAt(reader.at++)] ?? -1
    if (digit < 0) throw new Error('mappings have no such digit')
    value |= (digit & (MORE - 1)) << shift
    if ((digit & MORE) === 0) return value & 1 ? -(value >>> 1) : value >>> 1
  }
}

function segmentsIn(mappings: string): number {
  let count = 0
  let isInside = false
  for (let i = 0; i < mappings.length; i++) {
    const char = mappings.charCodeAt(i)
    const isOutside = char === COMMA || char === SEMICOLON
    if (!isOutside && !isInside) count++
    isInside = !isOutside
  }
  return count
}
