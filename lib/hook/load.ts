// Patching libraries as they are loaded: the one door to require-in-the-middle. Main thread.
//
// With `internals` the hook sees the inner requires of a CommonJS package also when an ES module imports it (its main file
// it does not see, on any Node line), so patches name inner files. A patch runs once per copy of the file; a version
// outside its range is left untouched.

import { readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { Hook } from 'require-in-the-middle'
import { log } from '../log.js'
import { createFuse, guard } from './guard.js'
import type { Patch } from './instrumentation.js'
import { satisfies } from './versions.js'

/** What was hooked, for `doctor` and the debug log. */
export interface Loaded {
  module: string
  version: string
  patched: boolean
}

const BUILTIN = ''

/** Applies the patches to everything loaded from now on, and to what is already in the require cache. */
export function patchOnLoad(patches: Patch[], onLoaded: (loaded: Loaded) => void): () => void {
  const byFile = new Map<string, Patch[]>()
  for (const patch of patches) {
    const file = patch.file ? `${patch.module}/${patch.file}` : patch.module
    byFile.set(file, [...(byFile.get(file) ?? []), patch])
  }

  const apply = (exports: unknown, file: string, packageFolder: string): unknown => {
    let result = exports
    for (const patch of byFile.get(file) ?? []) {
      const version = versionOf(packageFolder)
      const patched = satisfies(version, patch.versions)
      if (patched) result = patch.apply(result as never, version) ?? result
      onLoaded({ module: file, version, patched })
    }
    return result
  }
  const guardedApply = guard(createFuse('patching'), apply)

  for (const [filename, module] of Object.entries(require.cache)) {
    const found = module?.loaded ? placeInPackage(filename) : undefined
    if (!found || !byFile.has(found.file)) continue
    guardedApply(module!.exports, found.file, found.folder)
    log('debug', `${found.file} was loaded before perfagent: objects made before are not seen`)
  }

  const names = [...new Set(patches.map(patch => patch.module))]
  const hook = new Hook(
    names,
    { internals: true },
    <Exports>(exports: Exports, name: string, folder?: string): Exports => {
      const file = name.split(sep).join('/')
      return byFile.has(file) ? ((guardedApply(exports, file, folder ?? BUILTIN) ?? exports) as Exports) : exports
    }
  )
  return () => hook.unhook()
}

const versionOf = (packageFolder: string): string =>
  packageFolder === BUILTIN
    ? process.version
    : JSON.parse(readFileSync(`${packageFolder}/package.json`, 'utf8')).version

/** `…/node_modules/pg/lib/client.js` → `pg/lib/client.js` in `…/node_modules/pg`. */
function placeInPackage(filename: string): { file: string; folder: string } | undefined {
  const path = filename.split(sep).join('/')
  const from = path.lastIndexOf('/node_modules/')
  if (from < 0) return undefined
  const file = path.slice(from + '/node_modules/'.length)
  const name = file.split('/', file.startsWith('@') ? 2 : 1).join('/')
  return { file, folder: `${path.slice(0, from)}/node_modules/${name}` }
}
