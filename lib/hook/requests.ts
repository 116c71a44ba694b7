// The door through which an instrumentation's requests come and go. Main thread, inside the application's stack.
//
// A function and no channel: what every request pays is here, and a channel with a store costs three closures, two messages
// and a rest array each time (3 µs of the 5 that the agent took of a request before; Node 20). A closed door lets calls pass.

import { createFuse, guard } from './guard.js'
import type { RequestFacts } from './instrumentation.js'
import type { Recorder } from './recorder.js'
import { createStamp } from './stamp.js'

/** `Key` is the library's own object for a request, by which it is found again. */
export interface RequestDoor<Key extends object = never> {
  /** Calls `call` of `self` as one of the request's handlers; the first call begins the request. */
  run(key: Key, call: Call, self: unknown, args: unknown[]): unknown
  /** Calls `call` of `self` in the context of the request that the object stands for, if it is one. */
  resume(key: object, call: Call, self: unknown, args: unknown[]): unknown
  /** The first time ends the request; `statusCode` is null when no answer was begun. */
  end(key: Key, statusCode: number | null, aborted: boolean): void
  /** Before its end: what it did failed, where no status code tells so. */
  fail(key: Key, error: unknown): void
  /** A piece of the request's body came; see the recorder. */
  received(key: Key, last: boolean, awaited: boolean): void
  sending(key: Key, stalled: boolean): void
  written(key: Key): void
  /** From now on requests are told to this recorder, until the returned undo; those that have begun end all the same. */
  open(recorder: Recorder): () => void
}

type Call = (this: unknown, ...args: unknown[]) => unknown

const requests = createStamp<object>()

/** The request that the library's own object stands for. */
export const requestBy = (key: object): object | undefined => requests.of(key)

/** `describe` reads the library's object when a request begins; undefined: it is none. */
export function requestDoor<Key extends object>(
  name: string,
  describe: (key: Key) => RequestFacts | undefined
): RequestDoor<Key> {
  const fuse = createFuse(name)
  let recorder: Recorder | undefined
  /** Who is told the end of what has begun; a closed door has one too. */
  let told: Recorder | undefined

  function begin(key: Key): object | undefined {
    const facts = describe(key)
    if (!facts) return undefined
    const request = recorder!.beginRequest(key, facts)
    requests.put(key, request)
    return request
  }
  const guardedBegin = guard(fuse, begin)
  const endFirstTurn = guard(fuse, (request: object) => recorder?.endFirstTurn(request))
  const end = guard(fuse, (key: Key, statusCode: number | null, aborted: boolean) => {
    const request = told && requests.of(key)
    if (request) told!.endRequest(request, statusCode, aborted)
  })

  const fail = guard(fuse, (key: Key, error: unknown) => {
    const request = told && requests.of(key)
    if (request) told!.failRequest(request, error)
  })
  const received = guard(fuse, (key: Key, last: boolean, awaited: boolean) => {
    const request = told && requests.of(key)
    if (request) told!.received(request, last, awaited)
  })
  const sending = guard(fuse, (key: Key, stalled: boolean) => {
    const request = told && requests.of(key)
    if (request) told!.sending(request, stalled)
  })
  const written = guard(fuse, (key: Key) => {
    const request = told && requests.of(key)
    if (request) told!.written(request)
  })

  return {
    run(key, call, self, args) {
      if (!recorder) return call.apply(self, args)
      const known = requests.of(key)
      // A handler of 'checkContinue' emits 'request' for the same exchange.
      const request = known ?? guardedBegin(key)
      if (!request || recorder.context.getStore() === request) return call.apply(self, args)
      try {
        return recorder.context.run(request, apply, call, self, args)
      } finally {
        if (!known) endFirstTurn(request)
      }
    },
    resume(key, call, self, args) {
      const request = recorder && requests.of(key)
      if (!request || recorder!.context.getStore() === request) return call.apply(self, args)
      return recorder!.context.run(request, apply, call, self, args)
    },
    end,
    fail,
    received,
    sending,
    written,
    open(to) {
      recorder = told = to
      return () => {
        if (recorder === to) recorder = undefined
      }
    }
  }
}

const apply = (call: Call, self: unknown, args: unknown[]): unknown => call.apply(self, args)
