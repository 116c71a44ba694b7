// How the classes of `mariadb` are reached, none of which it exports. Main thread, while the library is loaded.
//
// Up to 3.4 they are CommonJS files. From 3.5 they are ES modules, which are imported again by their path when a server begins to
// listen, and `require` has a bundle, whose classes are found by having it make one of each.

import type { Patch } from './instrumentation.js'
import { prototypesMade } from './made.js'

type PatchPrototype = (prototype: object) => void

const FILES = [
  'connection',
  'pool',
  'cmd/command',
  'cmd/parser',
  'cmd/query',
  'cmd/execute',
  'cmd/prepare',
  'cmd/batch-bulk'
]
const BUNDLES = ['dist/promise.cjs', 'dist/callback.cjs']

/** Has the prototype of each class patched, and some of others. */
export const mariadbPatches = (patchPrototype: PatchPrototype): Patch[] => [
  ...FILES.flatMap(name => patchesOfFile(`lib/${name}.js`, patchPrototype)),
  ...BUNDLES.map(
    (file): Patch => ({
      module: 'mariadb',
      file,
      versions: '>=3.5 <4',
      apply: (bundle: Bundle) => {
        for (const prototype of prototypesIn(bundle)) patchPrototype(prototype)
      }
    })
  )
]

interface Class {
  prototype: object
}

function patchesOfFile(file: string, patchPrototype: PatchPrototype): Patch[] {
  const apply = ({ prototype }: Class): void => patchPrototype(prototype)
  return [
    { module: 'mariadb', file, versions: '>=3.1 <3.5', apply },
    {
      module: 'mariadb',
      file,
      versions: '>=3.5 <4',
      apply: (exports: { default: Class }) => apply(exports.default),
      importedIf: isImported
    }
  ]
}

/** By its ES modules: then this package of theirs has been loaded, and no CommonJS module has asked for it. */
function isImported(): boolean {
  return Object.entries(require.cache).some(
    ([file, module]) => /[\\/]denque[\\/]index\.js$/.test(file) && !module?.parent
  )
}

interface Bundle {
  createPool(options: object): object
  createConnection(options: object): unknown
}

/** Of the library's own connection, which nobody is given. */
interface Core {
  query(...args: unknown[]): void
  prepare(...args: unknown[]): void
  executePromise(...args: unknown[]): void
  executeBulkPromise(...args: unknown[]): void
}

/**
 * None of it connects: the pool keeps no connection ready, and the connection is given no socket and keeps its commands. 2 ms, where loading
 * the bundle takes 35 (Node 20).
 */
function prototypesIn({ createPool, createConnection }: Bundle): Set<object> {
  const nothing = (): void => {}
  return prototypesMade(createPool({ minimumIdle: 0 }), made => {
    createPool({ minimumIdle: 0 })
    createConnection({ connectTimeout: 0, stream: nothing })
    const core = made.find((each): each is Core => 'addCommandQueue' in each)!
    core.query({ sql: 'x' }, nothing, nothing)
    core.prepare({ sql: 'x' }, nothing, nothing)
    core.executePromise({ sql: 'x' }, {}, nothing, nothing)
    core.executeBulkPromise({ sql: 'x' }, {}, {}, nothing, nothing)
  })
}
