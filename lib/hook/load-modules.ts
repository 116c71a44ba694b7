// Patching ES modules, which no hook on `require` sees and which cannot be replaced: but importing a module again by its path
// gives the one that is there, and prototypes of its classes can be changed. Main thread. Only what is in use already is
// imported, so that nothing is loaded into a process for our sake; and only when a server begins to listen, where it is late for
// what a library does while it is set up.

import { readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { importModule } from '../process/import-module.js'
import { log } from '../process/log.js'
import { createFuse, guard } from './guard.js'
import type { Patch } from './instrumentation.js'
import { onListen } from './listening.js'

/** `holder`: by what it is known that the patch is there already; the exports themselves, where they cannot be replaced. */
export type Apply = (patch: Patch, exports: unknown, version: string, early: boolean, holder?: object) => unknown

export function patchModules(patches: Patch[], apply: Apply): () => void {
  const waiting = new Set(patches)
  const patchUsed = (): void => {
    for (const patch of waiting) {
      if (!patch.importedIf?.()) continue
      waiting.delete(patch)
      const folder = folderOf(patch.module)
      if (folder) void importAgain(patch, folder, apply)
    }
  }
  return onListen(guard(createFuse('patching'), patchUsed))
}

async function importAgain(patch: Patch, folder: string, apply: Apply): Promise<void> {
  try {
    apply(patch, await importModule(pathToFileURL(join(folder, patch.file!)).href), versionOf(folder), false)
  } catch (error) {
    log('debug', `${patch.module}/${patch.file} was not patched: ${(error as Error).message}`)
  }
}

/** Where the main file finds it, or whoever started the process in its folder; by the path that modules are known by. */
function folderOf(name: string): string | undefined {
  const from = [require.main?.filename ?? process.argv[1] ?? '', join(process.cwd(), 'index.js')]
  const places = from.filter(Boolean).flatMap(file => createRequire(pathToFileURL(file)).resolve.paths(name) ?? [])
  const found = places.map(place => join(place, name)).find(folder => versionOf(folder) !== '')
  return found && realpathSync(found)
}

/** '' when it cannot be read: no range has it, and the library stays as it is. */
export function versionOf(folder: string): string {
  try {
    return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')).version
  } catch {
    return ''
  }
}
