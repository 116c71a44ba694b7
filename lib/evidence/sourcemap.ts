// Where a frame of generated code was written: applies the source map that a file names in its last lines, inline or beside it. What
// was compiled in memory has none in a file: that is asked of the thread that runs it (lib/worker/maps.ts). Agent thread; reads files
// synchronously, since nobody waits for this thread. A map that cannot be read, or is too large for this thread's heap, is as none.

import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { attempt } from '../process/attempt.js'
import { isCompiled } from '../process/compiled-file.js'
import type { Frame } from '../types.js'
import { decoded, type MapText, mapTextOf } from './map-text.js'
import { decode, type Mappings, type SourceMapJson, sizeOf } from './mappings.js'

/** Most files of a large application, of its packages above all, have no map: to look each time whether they do would be most of the work. */
const MAX_FILES = 10_000
/** Characters of the mappings in all maps that are kept: some 29 MB (mappings.ts). */
const MAX_MAPPINGS = 8_000_000
/** webpack's names, `webpack://shop/./src/app.ts?1a2b`: a path from where it was run, under the package's name. */
const WEBPACK = /^webpack:\/\/[^/]*\/([^?]*)/
/** What a server may put before a map, so that no page can run it (ECMA-426). */
const NO_SCRIPT = /^\)\]\}'.*/
/** The folder of the package that a file belongs to. */
const INSTALLED = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+[\\/]/

interface Read {
  mappings: Mappings
  /** Characters of them. */
  size: number
  folder: string
  /** Where its sources are, as far as asked: there are thousands of frames, and to find one may take a look at each folder above. */
  places: Map<string, string>
}

const wanted = new Set<string>()
const maps = new Map<string, Read>()
const without = new Set<string>()
let kept = 0

export function original(frame: Frame): Frame {
  if (!isAbsolute(frame.file) || frame.line < 1) return frame
  const read = mapOf(frame.file)
  if (!read) return frame
  // Without a column the last mapping of the line lies on it, the first may not.
  const column = frame.column > 0 ? frame.column - 1 : Number.MAX_SAFE_INTEGER
  const place = read.mappings.find(frame.line - 1, column)
  if (!place) return frame
  const file = attempt(() => placeOf(place.source, frame.file, read))
  // `file://` of another host is no path here.
  if (file === undefined) return frame
  // TypeORM's maps name files that it does not ship, in a folder where they would be the application's.
  if (!file.startsWith(INSTALLED.exec(frame.file)?.[0] ?? '')) return frame
  return {
    function: frame.function,
    file,
    line: place.line + 1,
    column: frame.column > 0 ? place.column + 1 : 0
  }
}

/** Files whose maps are in none, that were met since the last call. */
export function takeWanted(): string[] {
  const files = [...wanted]
  wanted.clear()
  return files
}

export const learnMap = (file: string, json: string): void =>
  keep(file, () => parsed({ text: json, folder: dirname(file) }))

function mapOf(file: string): Read | undefined {
  if (without.has(file)) return undefined
  const known = maps.get(file)
  if (known) return known
  keep(file, () => readMap(file))
  if (without.has(file) && isCompiled(file)) wanted.add(file)
  return maps.get(file)
}

function keep(file: string, read: () => Read | undefined): void {
  const map = attempt(read)
  if (!map) {
    if (!maps.has(file)) without.add(file)
    if (without.size > MAX_FILES) without.delete(oldestOf(without))
    return
  }
  forget(file)
  without.delete(file)
  maps.set(file, map)
  kept += map.size
  while (kept > MAX_MAPPINGS) forget(oldestOf(maps))
}

function forget(file: string): void {
  kept -= maps.get(file)?.size ?? 0
  maps.delete(file)
}

const oldestOf = (files: { keys(): Iterator<string> }): string => files.keys().next().value!

function parsed({ text, folder }: MapText): Read | undefined {
  const map = JSON.parse(text.replace(NO_SCRIPT, '')) as SourceMapJson
  const size = sizeOf(map)
  return size > MAX_MAPPINGS ? undefined : { mappings: decode(map), size, folder, places: new Map() }
}

function readMap(file: string): Read | undefined {
  const text = mapTextOf(file)
  return text === undefined ? undefined : parsed(text)
}

function placeOf(source: string, generated: string, { folder, places }: Read): string {
  const known = places.get(source) ?? pathOf(source, generated, folder)
  places.set(source, known)
  return known
}

function pathOf(source: string, generated: string, folder: string): string {
  if (source.startsWith('file://')) return fileURLToPath(source)
  const below = WEBPACK.exec(source)?.[1]
  return below === undefined ? resolve(folder, decoded(source)) : belowPackage(decoded(below), generated)
}

/** In the nearest folder that has it; without the sources, as in an image with `dist` alone, in the package's. */
function belowPackage(path: string, generated: string): string {
  const above = [dirname(generated)]
  while (dirname(above[0]!) !== above[0]) above.unshift(dirname(above[0]!))
  const has = (name: string): string | undefined => above.findLast(folder => existsSync(join(folder, name)))
  return join(has(path) ?? has('package.json') ?? dirname(generated), path)
}
