// Requests that come to no server: jobs, ticks, messages. Main thread, inside the application's stack.

import type { SpanAttributes } from '../types.js'
import type { RequestFacts } from './instrumentation.js'
import type { Callable } from './replace.js'
import type { RequestDoor } from './requests.js'
import { runToEnd } from './run-to-end.js'

export interface Work {
  kind: 'job' | 'message'
  /** Low in number: it is the request's route. */
  name: string
  /** Of its span, by the conventions of what brought it. */
  attributes?: SpanAttributes
}

const METHODS = { job: 'JOB', message: 'MESSAGE' } as const

/** `headers`: names and values in turn, where the sender's trace may be found. */
export const factsOfWork = (work: Work, headers: readonly string[] = []): RequestFacts => ({
  method: METHODS[work.kind],
  path: '',
  headers,
  work
})

/** As the door's `run`, for a call that is all of the request: its end is the request's, or that of its promise. */
export const runWork = <Key extends object>(
  door: RequestDoor<Key>,
  key: Key,
  call: Callable,
  self: unknown,
  args: unknown[]
): unknown =>
  runToEnd(
    () => door.run(key, call, self, args),
    error => {
      if (error !== undefined) door.fail(key, error)
      door.end(key, null, false)
    }
  )
