// Patching libraries as they are loaded. Main thread. A patch names a file of a package and runs once for each copy of it; a version
// outside its range is left untouched.
//
// Builtins are patched when a server begins to listen, because loading node:http would cost every process that inherits
// NODE_OPTIONS 10 ms. Their prototypes are shared by `require` and `import`; a builtin that is not loaded yet has none in use.
// ES modules that a patch names are imported then (lib/hook/load-modules.ts).
//
// What the agent itself loads late of Node's own it takes from Node (`process.getBuiltinModule`), here and elsewhere: `require` asks hooks
// and loaders of the application, which tests have to put others in their place.

import { log } from '../process/log.js'
import { createFuse, guard } from './guard.js'
import { patchImports } from './imports.js'
import type { Patch } from './instrumentation.js'
import { onListen } from './listening.js'
import { type Apply, patchModules, versionOf } from './load-modules.js'
import { onFileLoaded, placeInPackage } from './loaded-files.js'
import { satisfies } from './versions.js'

/** What was found, and whether its version was patched. */
export interface Loaded {
  module: string
  version: string
  patched: boolean
  /** It was there before the agent. */
  early: boolean
}

/** Where each patch is in place. They stay when an agent is stopped, and the next one in the process hears them. */
const inPlace = new WeakMap<Patch, WeakSet<object>>()

/** Whether this patch meets this copy of its file for the first time: from now on it does not. */
function isFirst(patch: Patch, holder: object): boolean {
  const holders = inPlace.get(patch) ?? new WeakSet()
  const isNew = !holders.has(holder)
  inPlace.set(patch, holders.add(holder))
  return isNew
}

/** Applies the patches to everything loaded from now on, and to what is already in the require cache. */
export function patchOnLoad(patches: Patch[], onLoaded: (loaded: Loaded) => void): () => void {
  const applyOne: Apply = (patch, exports, version, isEarly, holder = exports as object) => {
    const patched = satisfies(version, patch.versions)
    const isNew = isFirst(patch, holder)
    const early = isEarly && isNew
    if (early) log('debug', `${fileOf(patch)} was loaded before perfagent: what it made before is not seen`)
    const result = patched && isNew ? patch.apply(exports as never, version) : undefined
    onLoaded({ module: fileOf(patch), version, patched, early })
    return result
  }
  // A library that is not what its version says is no reason to leave the others as they are.
  const apply: Apply = (patch, ...found) => guard(createFuse(`patching ${patch.module}`), applyOne)(patch, ...found)
  const modules = patches.filter(({ importedIf }) => importedIf)
  const builtins = patches.filter(isBuiltin)
  const imports = patches.filter(({ imported }) => imported)
  const packages = patches.filter(patch => !isBuiltin(patch) && !patch.importedIf && !patch.imported)
  const undo = [
    patchBuiltins(builtins, apply),
    patchModules(modules, apply),
    patchImports(imports, apply),
    patchPackages(packages, apply)
  ]
  return () => {
    for (const step of undo) step()
  }
}

/** The console is there without its module. */
const CONSOLE = 'node:console'
/** A server's first connect to a name loads it; here it takes 1 to 3 ms. */
const USED_BY_SERVERS = 'node:dns'
/** What has a builtin's classes, where others load that alone: node:https does. node:http takes 0.1 to 0.3 ms then (Node 20 to 26). */
const INSIDE: Record<string, string> = { 'node:http': '_http_server' }

const isBuiltin = ({ module }: Patch): boolean => module.startsWith('node:')

const fileOf = ({ module, file }: Patch): string => (file ? `${module}/${file}` : module)

function patchBuiltins(patches: Patch[], apply: Apply): () => void {
  const waiting = new Set(patches)
  const patchLoaded = (wanted: string[]): void => {
    const loaded = (process as NodeJS.Process & { moduleLoadList: string[] }).moduleLoadList
    for (const patch of waiting) {
      const isLoaded = loaded.includes(`NativeModule ${INSIDE[patch.module] ?? patch.module.slice('node:'.length)}`)
      if (!isLoaded && !wanted.includes(patch.module)) continue
      waiting.delete(patch)
      apply(patch, process.getBuiltinModule(patch.module), process.version, false)
    }
  }
  // A server that listens already, before an agent that is started late.
  patchLoaded([CONSOLE])
  const patchOnListen = guard(createFuse('patching'), patchLoaded)
  return onListen(() => patchOnListen([CONSOLE, USED_BY_SERVERS]))
}

function patchPackages(patches: Patch[], apply: Apply): () => void {
  const byFile = new Map<string, Patch[]>()
  for (const patch of patches) byFile.set(fileOf(patch), [...(byFile.get(fileOf(patch)) ?? []), patch])
  const applyAll = (module: NodeJS.Module, file: string, folder: string, early: boolean): unknown => {
    const version = versionOf(folder)
    const patches = byFile.get(file) ?? []
    return patches.reduce((result, patch) => apply(patch, result, version, early, module) ?? result, module.exports)
  }

  for (const [filename, module] of Object.entries(require.cache)) {
    const found = module?.loaded ? placeInPackage(filename) : undefined
    if (found && byFile.has(found.file)) applyAll(module!, found.file, found.folder, true)
  }

  return onFileLoaded(module => {
    const found = placeInPackage(module.filename)
    if (found && byFile.has(found.file)) module.exports = applyAll(module, found.file, found.folder, false)
  })
}
