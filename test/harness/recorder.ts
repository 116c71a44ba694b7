// Stands in for the agent, to look at what the hooks tell: preloaded into a program (`--require`), it hooks everything and
// keeps requests and operations as they were told, in `globalThis.seen`. Nothing is judged, masked or sent.

import { AsyncLocalStorage } from 'node:async_hooks'
import { instrumentations } from '../../instrumentations/index.js'
import { subscribe } from '../../lib/hook/channels.js'
import type { RequestFacts } from '../../lib/hook/instrumentation.js'
import { patchOnLoad } from '../../lib/hook/load.js'
import type { Recorder } from '../../lib/hook/recorder.js'
import { now } from '../../lib/process/clock.js'
import type { OperationFacts, SocketsFacts } from '../../lib/types.js'

export interface SeenRequest extends RequestFacts {
  /** One for each end that was told; the agent heeds the first. */
  outcomes: { statusCode: number | null; aborted: boolean }[]
  route?: string | undefined
  part?: string | undefined
}

export interface SeenOperation extends OperationFacts {
  request: SeenRequest
  start: number
  marks: Record<string, number>
  unreadMs: number
  unsent?: { bytes: number; start: number; end: number }
  statusCode?: number | undefined
  /** One for each end that was told; the agent heeds the first. */
  ends: { at: number; error: unknown }[]
}

const context = new AsyncLocalStorage<SeenRequest>()
const seen = {
  requests: [] as SeenRequest[],
  operations: [] as SeenOperation[],
  sockets: [] as SocketsFacts[],
  now,
  /** The request in whose context this is called. */
  current: () => context.getStore()
}
Object.assign(globalThis, { seen })

const keys = new WeakMap<SeenRequest, object>()

const recorder: Recorder<SeenRequest, SeenOperation> = {
  context,
  routes: new Set(),
  beginRequest(key, facts) {
    const request = { ...facts, outcomes: [] }
    keys.set(request, key)
    seen.requests.push(request)
    return request
  },
  endFirstTurn: () => {},
  failRequest: () => {},
  received: () => {},
  taken: () => {},
  asked: () => {},
  continued: () => {},
  sending: () => {},
  written: () => {},
  endRequest(request, statusCode, aborted) {
    request.outcomes.push({ statusCode, aborted })
    for (const routeOf of recorder.routes) request.route ??= routeOf(keys.get(request)!)
  },
  setRoute: (request, route) => {
    request.route = route
  },
  setPart: (request, { name }) => {
    request.part ??= name
  },
  beginOperation(request, facts) {
    const operation: SeenOperation = {
      ...facts,
      request,
      start: facts.start ?? now(),
      marks: {},
      unreadMs: 0,
      ends: []
    }
    seen.operations.push(operation)
    return operation
  },
  mark(operation, name, statusCode, earlier) {
    if (earlier && earlier.last > operation.start) Object.assign(operation.marks, earlier.moments)
    operation.marks[name] ??= now()
    operation.statusCode ??= statusCode
  },
  leftUnread(operation, since) {
    operation.unreadMs += now() - since
  },
  unsent(operation, bytes) {
    if (bytes > 0) operation.unsent ??= { bytes, start: now(), end: Number.NaN }
    else if (operation.unsent) operation.unsent.end = now()
  },
  endOperation(operation, error, statusCode) {
    operation.ends.push({ at: now(), error })
    operation.statusCode ??= statusCode
  },
  watchSockets: facts => void seen.sockets.push(facts),
  isFollowed: () => true,
  requestOf: ({ request }) => request,
  askOutside: () => ({ request: undefined, askedAt: undefined }),
  acquired: () => {},
  took: () => {},
  lookAt: taken => taken,
  waitsFor: () => {},
  stand: () => {},
  standOutside: () => ({}),
  lookUp: () => () => {},
  leave: () => {},
  giveUp: () => undefined,
  traceIds: () => ({ trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16), trace_flags: '01' }),
  propagation: () => [
    ['traceparent', 'ours'],
    ['tracestate', 'ours']
  ]
}

/** Those of logs write into lines only when they are asked to. */
const hooked = instrumentations.filter(({ logs }) => !logs)
for (const instrumentation of hooked) subscribe(instrumentation, recorder as unknown as Recorder)
patchOnLoad(
  hooked.flatMap(({ patches }) => patches ?? []),
  () => {}
)
