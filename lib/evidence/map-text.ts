// The text of the source map that a file names in its last lines, inline or beside it, without the sources: they are most of it, and nobody
// asks for them. Agent thread, synchronously.
//
// They are cut out of the bytes, before these become strings in this thread's heap of 128 MB. One character that Latin-1 has not makes two
// bytes of each, in the whole text and in its source: a map of 24 MB with such in its sources took 96 MB that way, and ended the thread.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of a file, from its end. */
const MAX_BYTES = 32 * 1024 * 1024
const MARK = 'sourceMappingURL='
const NAME = /^\/\/[#@] sourceMappingURL=(\S+)\s*$/
const INLINE = /^data:application\/json;(?:charset=utf-?8;)?base64,/i
const SOURCES = '"sourcesContent"'
/** Not a name of the code that is called so. */
const SOURCES_BEGIN = /^"sourcesContent"\s*:\s*\[/

export interface MapText {
  text: string
  /** Where what it names begins. */
  folder: string
}

/** Throws where there is no such file. */
export function mapTextOf(file: string): MapText | undefined {
  const code = endOf(file)
  const mark = code.lastIndexOf(MARK)
  const name = mark < 0 ? undefined : NAME.exec(code.toString('utf8', mark - '//# '.length))?.[1]
  if (name === undefined) return undefined
  const folder = dirname(file)
  if (INLINE.test(name)) return { text: withoutSources(Buffer.from(name.replace(INLINE, ''), 'base64')), folder }
  const beside = name.startsWith('file:') ? fileURLToPath(name) : resolve(folder, decoded(name))
  return { text: withoutSources(endOf(beside)), folder: dirname(beside) }
}

/** A map of which only the end is read is no JSON, and none. A pipe is not waited for. */
function endOf(file: string): Buffer {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const { size } = fstatSync(descriptor)
    const bytes = Buffer.allocUnsafe(Math.min(size, MAX_BYTES))
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, size - bytes.length))
  } finally {
    closeSync(descriptor)
  }
}

/** A map of sections has them in each. */
function withoutSources(json: Buffer): string {
  let text = ''
  let from = 0
  for (let key = json.indexOf(SOURCES); key >= 0; key = json.indexOf(SOURCES, key + 1)) {
    const beginning = SOURCES_BEGIN.exec(json.toString('latin1', key, key + 100))?.[0]
    if (!beginning) continue
    const first = key + beginning.length
    text += json.toString('utf8', from, first)
    from = endOfArray(json, first)
  }
  return text + json.toString('utf8', from)
}

const QUOTE = 34
const BACKSLASH = 92
const CLOSING = 93

/** Of one of strings: where it is closed. */
function endOfArray(json: Buffer, from: number): number {
  let isInString = false
  for (let at = from; at < json.length; at++) {
    const byte = json[at]
    if (byte === BACKSLASH) at++
    else if (byte === QUOTE) isInString = !isInString
    else if (byte === CLOSING && !isInString) return at
  }
  return json.length
}

/** Next.js writes `%5Bid%5D` for `[id]`; most write names as they are. */
export function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
