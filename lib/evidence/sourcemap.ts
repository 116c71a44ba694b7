// Where a frame of generated code was written: applies the source map that a file names in its last lines, inline or beside
// it. Agent thread; reads files synchronously, since nobody waits for this thread. A map that cannot be read is as none.

import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Frame } from '../types.js'

const MAX_FILES = 100
const NAME = /\/\/[#@] sourceMappingURL=(\S+)\s*$/
const INLINE = /^data:application\/json;(?:charset=utf-?8;)?base64,/i

const maps = new Map<string, SourceMap | undefined>()

export function original(frame: Frame): Frame {
  if (!isAbsolute(frame.file) || frame.line < 1) return frame
  const map = mapOf(frame.file)
  if (!map) return frame
  // Without a column the last mapping of the line lies on it, the first may not.
  const column = frame.column > 0 ? frame.column - 1 : Number.MAX_SAFE_INTEGER
  const entry = map.findEntry(frame.line - 1, column)
  if (!('originalSource' in entry) || entry.originalSource === undefined) return frame
  return {
    function: frame.function,
    file: pathOf(entry.originalSource, frame.file),
    line: entry.originalLine + 1,
    column: frame.column > 0 ? entry.originalColumn + 1 : 0
  }
}

function mapOf(file: string): SourceMap | undefined {
  if (maps.has(file)) return maps.get(file)
  if (maps.size >= MAX_FILES) maps.delete(maps.keys().next().value!)
  let map: SourceMap | undefined
  try {
    map = readMap(file)
  } catch {}
  maps.set(file, map)
  return map
}

function readMap(file: string): SourceMap | undefined {
  const name = NAME.exec(readFileSync(file, 'utf8'))?.[1]
  if (name === undefined) return undefined
  const json = INLINE.test(name)
    ? Buffer.from(name.replace(INLINE, ''), 'base64').toString()
    : readFileSync(resolve(dirname(file), name), 'utf8')
  return new SourceMap(JSON.parse(json) as SourceMapPayload)
}

function pathOf(source: string, generated: string): string {
  if (source.startsWith('file://')) return fileURLToPath(source)
  return resolve(dirname(generated), source)
}
