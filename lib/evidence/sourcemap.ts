// Where a frame of generated code was written: applies the source map that a file names in its last lines, inline or beside it. What
// was compiled in memory has none in a file: that is asked of the thread that runs it (lib/worker/maps.ts). Agent thread; reads files
// synchronously, since nobody waits for this thread. A map that cannot be read is as none.

import { existsSync, readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isCompiled } from '../process/compiled-file.js'
import type { Frame } from '../types.js'

const MAX_FILES = 100
const NAME = /\/\/[#@] sourceMappingURL=(\S+)\s*$/
const INLINE = /^data:application\/json;(?:charset=utf-?8;)?base64,/i
/** webpack's names, `webpack://shop/./src/app.ts?1a2b`: a path from where it was run, under the package's name. */
const WEBPACK = /^webpack:\/\/[^/]*\/([^?]*)/
/** The folder of the package that a file belongs to. */
const INSTALLED = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+[\\/]/

interface Read {
  map: SourceMap
  /** Where its sources are, as far as asked: there are thousands of frames, and to find one may take a look at each folder above. */
  places: Map<string, string>
}

const wanted = new Set<string>()
const maps = new Map<string, Read | undefined>()

export function original(frame: Frame): Frame {
  if (!isAbsolute(frame.file) || frame.line < 1) return frame
  const read = mapOf(frame.file)
  if (!read) return frame
  // Without a column the last mapping of the line lies on it, the first may not.
  const column = frame.column > 0 ? frame.column - 1 : Number.MAX_SAFE_INTEGER
  const entry = read.map.findEntry(frame.line - 1, column)
  if (!('originalSource' in entry) || entry.originalSource === undefined) return frame
  const file = placeOf(entry.originalSource, frame.file, read.places)
  // TypeORM's maps name files that it does not ship, in a folder where they would be the application's.
  if (!file.startsWith(INSTALLED.exec(frame.file)?.[0] ?? '')) return frame
  return {
    function: frame.function,
    file,
    line: entry.originalLine + 1,
    column: frame.column > 0 ? entry.originalColumn + 1 : 0
  }
}

/** Files whose maps are in none, that were met since the last call. */
export function takeWanted(): string[] {
  const files = [...wanted]
  wanted.clear()
  return files
}

export const learnMap = (file: string, json: string): void => keep(file, () => parsed(json))

function mapOf(file: string): Read | undefined {
  if (maps.has(file)) return maps.get(file)
  keep(file, () => readMap(file))
  if (!maps.get(file) && isCompiled(file)) wanted.add(file)
  return maps.get(file)
}

function keep(file: string, read: () => SourceMap | undefined): void {
  if (maps.size >= MAX_FILES) maps.delete(maps.keys().next().value!)
  let map: SourceMap | undefined
  try {
    map = read()
  } catch {}
  maps.set(file, map && { map, places: new Map() })
}

const parsed = (json: string): SourceMap => new SourceMap(JSON.parse(json) as SourceMapPayload)

function readMap(file: string): SourceMap | undefined {
  const name = NAME.exec(readFileSync(file, 'utf8'))?.[1]
  if (name === undefined) return undefined
  const json = INLINE.test(name)
    ? Buffer.from(name.replace(INLINE, ''), 'base64').toString()
    : readFileSync(resolve(dirname(file), decoded(name)), 'utf8')
  return parsed(json)
}

function placeOf(source: string, generated: string, places: Map<string, string>): string {
  const known = places.get(source) ?? pathOf(source, generated)
  places.set(source, known)
  return known
}

function pathOf(source: string, generated: string): string {
  if (source.startsWith('file://')) return fileURLToPath(source)
  const below = WEBPACK.exec(source)?.[1]
  return below === undefined ? resolve(dirname(generated), decoded(source)) : belowPackage(decoded(below), generated)
}

/** In the nearest folder that has it; without the sources, as in an image with `dist` alone, in the package's. */
function belowPackage(path: string, generated: string): string {
  const above = [dirname(generated)]
  while (dirname(above[0]!) !== above[0]) above.unshift(dirname(above[0]!))
  const has = (name: string): string | undefined => above.findLast(folder => existsSync(join(folder, name)))
  return join(has(path) ?? has('package.json') ?? dirname(generated), path)
}

/** Next.js writes `%5Bid%5D` for `[id]`; most write names as they are. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
