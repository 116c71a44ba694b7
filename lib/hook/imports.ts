// Patching ES modules while they are imported: the one door to import-in-the-middle, an optional peer. Main thread. Only the files
// that patches name pass through its hooks, and only where `--import perfagent/esm` has asked for them: a hook on imports costs each
// start something, and wraps what it sees.
//
// A wrapped module's exports can be assigned, so what is exported by name is patched in place, and what `apply` returns is the default
// export from then on.

import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Patch } from './instrumentation.js'
import { type Apply, versionOf } from './load-modules.js'

type Callback = (exports: unknown, name: string, folder: string | undefined) => unknown
type Hook = new (names: string[], options: { internals: boolean }, callback: Callback) => { unhook(): void }

/** What import-in-the-middle has from 3 on: hooks on this thread, on Nodes where those work. */
interface SyncHooks {
  supportsSyncHooks(): boolean
  register(options: { include: RegExp[] }): void
}

let Hook: Hook | undefined

/** False when there is no import-in-the-middle. Before anything is imported that is to be patched. */
export function hookImports(patches: Patch[]): boolean {
  const main = find()
  if (!main) return false
  const include = patches.filter(({ imported }) => imported).map(patch => endOf(patch))
  const from = createRequire(main)
  const hooks = from(join(dirname(main), 'register-hooks.mjs')) as SyncHooks
  if (hooks.supportsSyncHooks()) hooks.register({ include })
  else {
    const { register } = require('node:module') as typeof import('node:module')
    register(pathToFileURL(join(dirname(main), 'hook.mjs')).href, { data: { include } })
  }
  Hook = from(main) as Hook
  return true
}

/** Does nothing where imports are not hooked. */
export function patchImports(patches: Patch[], apply: Apply): () => void {
  if (!Hook) return () => {}
  const names = [...new Set(patches.map(({ module }) => module))]
  const hook = new Hook(names, { internals: true }, (exports, name, folder) => {
    const file = name.split(sep).join('/')
    const patch = patches.find(each => `${each.module}/${each.file}` === file)
    return patch && folder ? apply(patch, exports, versionOf(folder), false) : undefined
  })
  return () => hook.unhook()
}

const endOf = ({ module, file }: Patch): RegExp =>
  new RegExp(`/node_modules/${`${module}/${file}`.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)

/** The application's, as it is installed beside perfagent or in the folder that the process was started in. */
function find(): string | undefined {
  try {
    return require.resolve('import-in-the-middle', { paths: [__dirname, process.cwd()] })
  } catch {
    return undefined
  }
}
