// Requests that come to no server: jobs, ticks, messages. Main thread; a type and what makes facts of it.

import type { SpanAttributes } from '../types.js'
import type { RequestFacts } from './instrumentation.js'

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
