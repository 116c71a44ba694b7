// Source maps of code that was compiled in memory, asked of the thread that runs it: once for each file, when it was first seen in a
// stack, and waited for a moment only. Agent thread.

import { setTimeout as pause } from 'node:timers/promises'
import { learnMap, takeWanted } from '../evidence/sourcemap.js'
import type { FromAgentThread } from './messages.js'

/** The thread answers in its next turn. Where that comes later, the next report has the map. */
const WAIT_MS = 500
const LOOKS_EVERY_MS = 10

export interface Maps {
  /** What `look` sees, again where maps have come that it wanted. */
  with<Seen>(look: () => Seen): Promise<Seen>
  learn(maps: Record<string, string>): void
}

export interface MapsOptions {
  now(): number
  tell(message: FromAgentThread): void
  isExiting(): boolean
}

export function createMaps({ now, tell, isExiting }: MapsOptions): Maps {
  let asked = 0
  let answered = 0
  let until = 0

  return {
    async with(look) {
      const seen = look()
      const files = takeWanted()
      if (files.length > 0) {
        tell({ type: 'askMaps', files })
        asked++
        until = now() + WAIT_MS
      }
      // Also for what another request asked: the report of one that runs is often made just before that of its end.
      const before = answered
      while (answered < asked && now() < until && !isExiting()) await pause(LOOKS_EVERY_MS)
      return answered === before ? seen : look()
    },
    learn(maps) {
      for (const [file, json] of Object.entries(maps)) learnMap(file, json)
      answered++
    }
  }
}
