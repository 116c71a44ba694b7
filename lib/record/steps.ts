// Tells before and after each asynchronous step of this thread, while that is switched on. Main thread, inside the application's stack.
//
// Node keeps a list of the steps that have been entered. What cuts one off between its entry and its end leaves the list too long, and Node
// ends the process ("async hook stack has become corrupted"). So as long as there are hooks:
// - A step is entered by `AsyncResource.runInAsyncScope` only where the stack has room for its entry, its end, and the hooks of both.
//   Otherwise the stack overflows there, before the entry. Without hooks the end mostly needs no more of it than the entry.
// - What that takes has run once before, because V8 compiles a function only where 40 kB of stack are left (Node 20 to 26).
// - Steps of promises are told by V8 itself, for which Node keeps no list, where its own hooks can leave them out: a timeout of node:vm may
//   stop a promise's callback. Not where AsyncLocalStorage is made of hooks itself (Node 20, 22): they follow promises all the time.

import { AsyncLocalStorage, AsyncResource, createHook } from 'node:async_hooks'
import { wrapForNow } from '../hook/replace.js'
import { apply } from '../process/builtins.js'

export interface Steps {
  enable(): void
  disable(): void
}

export function hookSteps(before: () => void, after: () => void): Steps {
  const isApart = hasFrames() && canLeavePromisesOut()
  const hook = createHook({ before, after, ...(isApart && WITHOUT_PROMISES) })
  let first: AsyncResource | undefined
  let undo: (() => void)[] = []
  return {
    enable() {
      undo = [keepRoom()]
      hook.enable()
      first ??= new AsyncResource('PERFAGENT_STEP')
      first.runInAsyncScope(nothing)
      if (isApart) undo.push(v8().promiseHooks.createHook({ before, after }) as () => void)
    },
    disable() {
      hook.disable()
      for (let i = 0; i < undo.length; i++) undo[i]!()
      undo = []
    }
  }
}

const v8 = (): typeof import('node:v8') => process.getBuiltinModule('node:v8')

const WITHOUT_PROMISES = { trackPromises: false }

/** Node 24.14 and newer, which then refuse a handler of promises. */
function canLeavePromisesOut(): boolean {
  try {
    createHook({ ...WITHOUT_PROMISES, promiseResolve() {} })
    return false
  } catch {
    return true
  }
}

/** Node 24 and newer, unless told otherwise: AsyncLocalStorage is no hook. */
const hasFrames = (): boolean => !('kResourceStore' in new AsyncLocalStorage())

/** 8 kB, of some 980. */
const ROOM = new Array<undefined>(1024).fill(undefined)
const nothing = (): void => {}

function keepRoom(): () => void {
  let on = true
  const takeOff = wrapForNow(
    AsyncResource.prototype,
    'runInAsyncScope',
    runInAsyncScope =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          // Arguments are put on the stack. Where they do not fit, this is the application's own RangeError.
          if (on) apply(nothing, undefined, ROOM as [])
          return apply(runInAsyncScope, this, args)
        }
      }).replacement
  )
  return () => {
    on = false
    takeOff()
  }
}
