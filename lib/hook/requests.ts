// The door through which an instrumentation's requests come and go. Main thread, inside the application's stack.
//
// A function and no channel: what every request pays is here, and a channel with a store costs three closures, two messages
// and a rest array each time (3 µs of the 5 that the agent took of a request before; Node 20). A closed door lets calls pass.

import { AsyncLocalStorage } from 'node:async_hooks'
import { apply } from '../process/builtins.js'
import { createFuse, fail } from './guard.js'
import type { RequestFacts } from './instrumentation.js'
import type { Recorder } from './recorder.js'
import type { Callable } from './replace.js'
import { Identity } from './stamp.js'

/**
 * From Node 24 on a context is a frame, a map, and to leave it makes one more (1 µs of a request). Node leaves the frames of what it
 * calls natively by itself. In older versions, and with --no-async-context-frame, a storage has this property, the symbol under which
 * resources keep its store.
 */
export const hasContextFrames = !('kResourceStore' in new AsyncLocalStorage())

/** `Key` is the library's own object for a request, by which it is found again. */
export interface RequestDoor<Key extends object = never> {
  /** Calls `call` of `self` as one of the request's handlers; the first call begins the request. */
  run(key: Key, call: Callable, self: unknown, args: unknown[]): unknown
  /**
   * As `run`, but the context is not left afterwards. Only with context frames, and only for a call that is the last thing Node does before
   * it returns to native code: then Node leaves the context by itself.
   */
  runLast(key: Key, call: Callable, self: unknown, args: unknown[]): unknown
  /** Calls `call` of `self` in the context of the request that the object stands for, if it is one. */
  resume(key: object, call: Callable, self: unknown, args: unknown[]): unknown
  /** The first time ends the request; `statusCode` is null when no answer was begun. */
  end(key: Key, statusCode: number | null, aborted: boolean): void
  /** Before its end: what it did failed, where no status code tells so. */
  fail(key: Key, error: unknown): void
  /** A piece of the request's body came; see the recorder. */
  received(key: Key, last: boolean, awaited: boolean): void
  taken(key: Key, isFull: boolean): void
  asked(key: Key): void
  continued(key: Key): void
  sending(key: Key, stalled: boolean): void
  written(key: Key): void
  /** From now on requests are told to this recorder, until the returned undo; those that have begun end all the same. */
  open(recorder: Recorder): () => void
}

/**
 * Does what createStamp does. The code of that one is shared by all stamps, so V8 cannot make it fast for the objects of one of them. This
 * one is asked five times in each request, and with code of its own it takes two thirds of the time.
 */
class RequestStamp extends Identity {
  #request: object | undefined

  constructor(key: object, request: object | undefined) {
    super(key)
    this.#request = request
  }

  static of(key: object): object | undefined {
    return #request in key ? key.#request : undefined
  }

  /**
   * The request of an object that was here before; else the object has room for one now. Not by `in`, which asks V8's runtime about
   * what is not there, and of nearly all objects it is not.
   */
  static ofNew(key: object): object | undefined {
    try {
      new RequestStamp(key, undefined)
      return undefined
    } catch {
      // A second time is a TypeError.
      return RequestStamp.of(key)
    }
  }

  static put(key: object, request: object): void {
    ;(key as RequestStamp).#request = request
  }
}

/** `describe` reads the library's object when a request begins; undefined: it is none. */
export function requestDoor<Key extends object>(
  name: string,
  describe: (key: Key) => RequestFacts | undefined
): RequestDoor<Key> {
  const fuse = createFuse(name)
  let recorder: Recorder | undefined
  /** Who is told the end of what has begun; a closed door has one too. */
  let told: Recorder | undefined

  // Guarded by hand, here and below: `guard` shares its code among all that it guards, and calls them with a rest array.
  function begin(key: Key): object | undefined {
    if (fuse.blown) return undefined
    try {
      const facts = describe(key)
      if (!facts) return undefined
      const request = recorder!.beginRequest(key, facts)
      RequestStamp.put(key, request)
      return request
    } catch (error) {
      fail(fuse, error)
      return undefined
    }
  }

  function run(known: object | undefined, key: Key, call: Callable, self: unknown, args: unknown[]): unknown {
    // A handler of 'checkContinue' emits 'request' for the same exchange.
    const request = known ?? begin(key)
    if (!request || (known && recorder!.context.getStore() === known)) return apply(call, self, args)
    try {
      return recorder!.context.run(request, apply, call, self, args)
    } finally {
      if (!known) endFirstTurn(request)
    }
  }

  function endFirstTurn(request: object): void {
    if (fuse.blown) return
    try {
      recorder?.endFirstTurn(request)
    } catch (error) {
      fail(fuse, error)
    }
  }

  /** Whoever is told `what` of a request that has begun. */
  function tell(key: object, what: (recorder: Recorder, request: object) => void): void {
    const request = told && !fuse.blown ? RequestStamp.of(key) : undefined
    if (!request) return
    try {
      what(told!, request)
    } catch (error) {
      fail(fuse, error)
    }
  }

  return {
    run: (key, call, self, args) =>
      recorder ? run(RequestStamp.ofNew(key), key, call, self, args) : apply(call, self, args),
    runLast(key, call, self, args) {
      if (!recorder) return apply(call, self, args)
      const known = RequestStamp.ofNew(key)
      if (known) return run(known, key, call, self, args)
      const request = begin(key)
      if (!request) return apply(call, self, args)
      recorder.context.enterWith(request)
      try {
        return apply(call, self, args)
      } finally {
        endFirstTurn(request)
      }
    },
    resume(key, call, self, args) {
      const request = recorder && RequestStamp.of(key)
      if (!request || recorder!.context.getStore() === request) return apply(call, self, args)
      return recorder!.context.run(request, apply, call, self, args)
    },
    // This and `written` come with every request: they are told without a closure.
    end(key, statusCode, aborted) {
      const request = told && !fuse.blown ? RequestStamp.of(key) : undefined
      if (!request) return
      try {
        told!.endRequest(request, statusCode, aborted)
      } catch (error) {
        fail(fuse, error)
      }
    },
    written(key) {
      const request = told && !fuse.blown ? RequestStamp.of(key) : undefined
      if (!request) return
      try {
        told!.written(request)
      } catch (error) {
        fail(fuse, error)
      }
    },
    fail: (key, error) => tell(key, (recorder, request) => recorder.failRequest(request, error)),
    received: (key, last, awaited) => tell(key, (recorder, request) => recorder.received(request, last, awaited)),
    taken: (key, isFull) => tell(key, (recorder, request) => recorder.taken(request, isFull)),
    asked: key => tell(key, (recorder, request) => recorder.asked(request)),
    continued: key => tell(key, (recorder, request) => recorder.continued(request)),
    sending: (key, stalled) => tell(key, (recorder, request) => recorder.sending(request, stalled)),
    open(to) {
      recorder = told = to
      return () => {
        if (recorder === to) recorder = undefined
      }
    }
  }
}
