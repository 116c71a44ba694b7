// Which request is current, wherever its work has got to. Main thread, inside the application's stack.
//
// Node's AsyncLocalStorage; but where that is a hook on all that is begun (Node 20 and 22), the same hook by hand: the same event, the
// same resources, so the same answers, and less code for each tick, promise and timer of the process (docs/overhead.md has how much):
// - each kind of resource that there are many of is marked at a place of its own: V8 remembers few shapes for one place, and has to
//   look among all that it knows where there are more;
// - who is current is looked up once for a resource that runs, and not for each that it makes: the number of its run is read without
//   a look-up, the resource is not;
// - no storage of the application is gone through with it.
//
// What throws in a hook ends the process, so nothing leaves it.

import { AsyncLocalStorage, createHook, executionAsyncId, executionAsyncResource } from 'node:async_hooks'
import type { Context } from '../hook/recorder.js'
import { apply } from '../process/builtins.js'

/** `disable` is for good where it is a hook of ours: what is bound to a request may come back later, and enters nothing. */
export interface RequestContext<Store> extends Context<Store> {
  disable(): void
}

export function createContext<Store extends object>(): RequestContext<Store> {
  const storage = new AsyncLocalStorage<Store>()
  return isHook(storage) ? byHook() : storage
}

/** Not with --experimental-async-context-frame. The hook of Node 24 and later, with --no-async-context-frame, does more. */
const isHook = (storage: object): boolean =>
  'kResourceStore' in storage && Number.parseInt(process.versions.node, 10) < 24

/** Node's own or anybody's. */
type Resource<Store> = Record<symbol, Store | undefined>

/** Numbers up to here are of no one resource: what runs outside of any, and the main script. */
const LAST_SHARED = 1

function byHook<Store extends object>(): RequestContext<Store> {
  const key = Symbol('perfagent.request')
  let on = false
  let isOver = false
  /** What the resource whose run has this number is marked with. */
  let last: Store | undefined
  let lastId = 0

  function getStore(): Store | undefined {
    if (!on) return undefined
    const id = executionAsyncId()
    if (id !== lastId || id <= LAST_SHARED) {
      last = resourceThatRuns<Store>()[key]
      lastId = id
    }
    return last
  }

  const hook = createHook({
    init(_id, type, _trigger, made) {
      const resource = made as Resource<Store>
      try {
        // Also with nothing: an object may be a resource for the second time, and those of a kind keep one shape.
        if (type === 'TickObject') resource[key] = getStore()
        else if (type === 'PROMISE') resource[key] = getStore()
        else if (type === 'Timeout') resource[key] = getStore()
        else resource[key] = getStore()
      } catch {
        // One that cannot be marked, as a frozen one of an addon: what it continues is nobody's.
      }
    }
  })

  function mark(resource: Resource<Store>, id: number, store: Store | undefined): void {
    try {
      resource[key] = store
    } catch {
      // As above; but as long as it runs it is known all the same.
    }
    last = store
    lastId = id
  }

  return {
    getStore,
    run<Result, Args extends unknown[]>(store: Store, call: (...args: Args) => Result, ...args: Args): Result {
      const outer = getStore()
      if (outer === store || isOver) return apply(call, undefined, args) as Result
      if (!on) enable()
      const resource = resourceThatRuns<Store>()
      const id = executionAsyncId()
      mark(resource, id, store)
      try {
        return apply(call, undefined, args) as Result
      } finally {
        mark(resource, id, outer)
      }
    },
    enterWith(store) {
      if (isOver) return
      if (!on) enable()
      mark(resourceThatRuns(), executionAsyncId(), store)
    },
    disable() {
      isOver = true
      on = false
      last = undefined
      hook.disable()
    }
  }

  /** Not before the first request: from then on each promise of the process takes several times as long. */
  function enable(): void {
    on = true
    hook.enable()
  }
}

const resourceThatRuns = <Store>(): Resource<Store> => executionAsyncResource() as Resource<Store>
