// What the agent thread may ask of the main thread, by `Runtime.evaluate` of its inspector session: the answer is made on
// top of whatever runs at that moment, in its async context, also inside an endless loop (Node 20–26, 0.3–0.9 ms).
//
// So nothing of the application may run here: no `Error.prepareStackTrace` of its own, no getter, no toJSON; and no regular
// expression, whoever asks for it: on top of another one it kills the process (chars.ts). Nothing throws, and what was changed is
// put back. Answers are JSON text, because an object would be held by the inspector.

import { now } from '../process/clock.js'
import type { Timeline } from '../types.js'
import type { RequestRecorder } from './recorder-types.js'
import { plainStack } from './stack.js'

const STACK_FRAMES = 40

export interface Answers {
  /** Who holds the loop: `{ at, request, stack }`. */
  probe(): string
  /** Timelines of requests that became slow: `Timeline[]`. */
  overdue(): string
  /** How many calls to libuv's pool are under way or waiting, by kind: `{ fs, dns }`. */
  poolCalls(): string
  /** Begins one window of the rolling CPU profile and ends another ('' for neither): `Interval`, how long that took. */
  rotate(begin: string, end: string): string
}

export function createAnswers(recorder: RequestRecorder): Answers {
  // V8's own functions, taken before the application can replace them; they only work while a session profiles.
  const { profile, profileEnd } = console
  const { stringify } = JSON
  const activeResources = process.getActiveResourcesInfo.bind(process)

  return {
    probe: () => {
      try {
        return stringify({ at: now(), request: recorder.current() ?? null, stack: plainStack(STACK_FRAMES) })
      } catch {
        return ''
      }
    },
    overdue: () => {
      try {
        return stringify(recorder.takeOverdue().map(listed))
      } catch {
        return '[]'
      }
    },
    poolCalls: () => {
      try {
        const names = activeResources()
        return stringify({ fs: count(names, 'FSReq'), dns: count(names, 'GetAddrInfoReqWrap') })
      } catch {
        return ''
      }
    },
    rotate: (begin, end) => {
      const start = now()
      if (begin) profile.call(console, begin)
      if (end) profileEnd.call(console, end)
      return stringify({ start, end: now() })
    }
  }
}

/** JSON has no typed arrays. */
function listed(timeline: Timeline): Timeline {
  const { turns } = timeline
  return turns ? { ...timeline, turns: { ...turns, stretchesUs: Array.from(turns.stretchesUs) } } : timeline
}

function count(names: string[], prefix: string): number {
  let found = 0
  for (const name of names) if (name.startsWith(prefix)) found++
  return found
}
