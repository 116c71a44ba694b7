// Source maps of what was compiled in memory: tsx, ts-node, swc-node and their kind give Node another text than the file has, and no
// file has the map. Main thread and workers. The agent thread asks for one when a frame lies in such a file (lib/worker/maps.ts).
//
// Node knows those of tsx, which has it keep them, and so those of ES modules too. For the others the text is kept that a CommonJS file was
// compiled from, which V8 keeps anyway; nothing is read before it is asked for.

import { findSourceMap } from 'node:module'
import { apply } from '../process/builtins.js'
import { isCompiled } from '../process/compiled-file.js'
import { createFuse, guard } from './guard.js'
import { type Compiling, onFileLoading } from './loaded-files.js'

const BEGIN = '//# sourceMappingURL=data:application/json;'
const BASE64 = 'base64,'

const texts = new Map<string, string>()

const fuse = createFuse('source maps')

export const keepCompiled = (): (() => void) =>
  onFileLoading(
    guard(fuse, (module, file) => {
      if (isCompiled(file)) keepTextOf(module, file)
    })
  )

/** The module's own `_compile`, until it was called: a loader's own stands before it and hands the compiled text on. */
const keep = guard(fuse, (text: unknown, file: string): void => {
  if (typeof text === 'string' && text.includes(BEGIN)) texts.set(file, text)
})

function keepTextOf(module: Compiling, file: string): void {
  const compile = module._compile
  const keeping = function (this: Compiling, ...args: unknown[]): unknown {
    if (this._compile === keeping) delete (this as Partial<Compiling>)._compile
    keep(args[0], file)
    return apply(compile, this, args as [unknown])
  }
  module._compile = keeping
}

/** As JSON, of those that have one: others are as they were written, or nobody knows. */
export function mapsOf(files: string[]): Record<string, string> {
  const found = files.flatMap(file => {
    const map = mapOf(file)
    return map === undefined ? [] : [[file, map]]
  })
  return Object.fromEntries(found)
}

function mapOf(file: string): string | undefined {
  const known = findSourceMap(file)
  return known ? JSON.stringify(known.payload) : inlineMap(texts.get(file) ?? '')
}

function inlineMap(text: string): string | undefined {
  const begin = text.lastIndexOf(BEGIN)
  const from = text.indexOf(BASE64, begin)
  if (begin < 0 || from < 0) return undefined
  return Buffer.from(text.slice(from + BASE64.length).split('\n', 1)[0]!, 'base64').toString()
}
