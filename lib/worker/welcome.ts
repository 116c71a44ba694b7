// Worker threads of the application as they come to the agent thread and go. Agent thread. Their evidence is as good as the main
// thread's where the inspector reaches them; where it does not, their reports name it as missing.

import type { MessagePort } from 'node:worker_threads'
import { threadId } from 'node:worker_threads'
import { type Inspected, type InspectedWorkers, inspectWorkers, type Target } from '../evidence/index.js'
import type { Thread } from '../types.js'
import { type Ends, whileItLives } from './ends.js'
import { beginQuestion, endQuestion } from './farewell.js'
import type { Joining } from './messages.js'
import type { ServedThread } from './served.js'
import { openShared, type Shared } from './shared.js'

/** What an ended worker has handed over is explained within this time; its samples cannot be asked for any more. */
const EXPLAIN_MS = 5000

export interface Joined {
  thread: Thread
  port: MessagePort
  shared: Shared
  target: Target
}

export interface Workers {
  /** Those that have joined, until all is explained that they handed over. */
  readonly served: ReadonlySet<ServedThread>
  join(joining: Joining): void
  /** Resolves when the inspector has been answered by all of them. */
  quiet(): Promise<void>
  /** The inspector's session was closed, and its evidence begins anew. */
  lookAnew(): void
}

export function welcomeWorkers(ends: Ends, serve: (joined: Joined) => ServedThread): Workers {
  const served = new Set<ServedThread>()
  let inspected: InspectedWorkers | undefined

  return {
    served,
    async quiet() {
      await inspected?.quiet()
    },
    lookAnew() {
      inspected = undefined
      for (const worker of served) worker.lookAnew()
    },
    join({ buffer, threadId: id, name, task, profiledBy, port }) {
      const thread: Thread = { id, name }
      const shared = openShared(buffer)
      let itself: Inspected | undefined
      let hasLeft = false
      const target: Target = {
        task,
        profiledBy,
        async inspect() {
          inspected ??= inspectWorkers(threadId)
          const found = await inspected.connect({
            threadId: id,
            task,
            beginQuestion: () => beginQuestion(shared),
            endQuestion: () => endQuestion(shared),
            whileItLives: send => whileItLives(ends, id, send)
          })
          thread.name ||= found.name
          itself = found.inspected
          if (hasLeft) itself.disconnect()
          return itself
        }
      }
      const worker = serve({ thread, port, shared, target })
      served.add(worker)
      worker.tell({ type: 'welcome' })
      port.on('close', async () => {
        // Most that leave are ending, and must not be asked any more: explaining would ask for samples.
        hasLeft = true
        itself?.disconnect()
        worker.end()
        await worker.explained(EXPLAIN_MS)
        worker.leave()
        served.delete(worker)
      })
    }
  }
}
