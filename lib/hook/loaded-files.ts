// Hears of each CommonJS file before and after it is loaded, whoever asked for it: `require`, an ES module's `import`, a tool. The one
// place where `Module.prototype.load` is replaced. Main thread and workers.
//
// That is once for each file. A hook on `require` (require-in-the-middle 8) is once for each call and resolves its name a second time:
// 80 to 110 ms of CPU time where express, pg, redis and ioredis load 868 files, this 7 to 29 (Node 20 and 24, busy machine, lowest of 15).

import Module from 'node:module'
import { sep } from 'node:path'
import { apply } from '../process/builtins.js'
import { createFuse, guard } from './guard.js'
import { type Callable, wrapFunction } from './replace.js'

/** May replace the module's exports: nobody has them yet, but who asked for them in a circle. */
export type Hear = (module: NodeJS.Module) => void

export interface Compiling {
  _compile(text: unknown, ...rest: unknown[]): unknown
}

type HearBefore = (module: Compiling, file: string) => void

/** Arrays, and gone through by index: nothing guards that. */
const hearing: Hear[] = []
const hearingBefore: HearBefore[] = []
let wrapped = false

export const onFileLoaded = (hear: Hear): (() => void) => add(hearing, guard(createFuse('patching'), hear))

/** `hear` must not throw. */
export const onFileLoading = (hear: HearBefore): (() => void) => add(hearingBefore, hear)

/** Returns its undo. The wrapper stays: others may have wrapped it meanwhile. */
function add<Heard>(to: Heard[], heard: Heard): () => void {
  to.push(heard)
  if (!wrapped) wrapped = wrapLoad()
  return () => to.splice(to.indexOf(heard), 1)
}

const wrapLoad = (): boolean =>
  wrapFunction(
    Module.prototype,
    'load',
    load =>
      ({
        load(this: NodeJS.Module & Compiling, ...args: unknown[]): unknown {
          for (let i = 0; i < hearingBefore.length; i++) hearingBefore[i]!(this, args[0] as string)
          const result = apply(load, this, args)
          for (let i = 0; i < hearing.length; i++) hearing[i]!(this)
          return result
        }
      }).load as Callable
  )

export interface Place {
  /** `pg` */
  name: string
  /** `pg/lib/client.js` */
  file: string
  /** `…/node_modules/pg` */
  folder: string
}

/** Undefined for a file that is in no package. */
export function placeInPackage(filename: string): Place | undefined {
  const path = filename.split(sep).join('/')
  const from = path.lastIndexOf('/node_modules/')
  if (from < 0) return undefined
  const file = path.slice(from + '/node_modules/'.length)
  const name = file.split('/', file.startsWith('@') ? 2 : 1).join('/')
  return { name, file, folder: `${path.slice(0, from)}/node_modules/${name}` }
}
