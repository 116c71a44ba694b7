// Hears of each CommonJS file before and after it is loaded, whoever asked for it: `require`, an ES module's `import`, a tool. The one
// place where `Module.prototype.load` is replaced. Main thread and workers.
//
// That is once for each file. A hook on `require` (require-in-the-middle 8) is once for each call and resolves its name a second time:
// 80 to 110 ms of CPU time where express, pg, redis and ioredis load 868 files, this 7 to 29 (Node 20 and 24, busy machine, lowest of 15).

import Module from 'node:module'
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

export const onFileLoading = (hear: HearBefore): (() => void) =>
  add(hearingBefore, guard(createFuse('source maps'), hear))

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
