// The agent thread as a worker thread of the application sees it: the main thread's, joined by a port. Worker thread.
//
// What is sent before the agent thread is there waits in the port, and what a worker has sent arrives also when it ends at once.
// When the agent thread ends, its successor is joined. Nothing here keeps the worker alive.

import { readlinkSync } from 'node:fs'
import type { MessagePort } from 'node:worker_threads'
import * as threads from 'node:worker_threads'
import { profiledBy } from '../options/node-flags.js'
import { attempt } from '../process/attempt.js'
import { now } from '../process/clock.js'
import { log } from '../process/log.js'
import { OWN_THREAD } from '../process/schedstat.js'
import { forgetQuestions, leaveQuestions } from './farewell.js'
import { createLine } from './line.js'
import { askWhere } from './meeting.js'
import type { Joining } from './messages.js'
import type { Shared } from './shared.js'
import type { AgentThread, ThreadHost } from './thread.js'

/**
 * At its end a worker waits so long at most for what it is just being asked, since a question that comes as its inspector goes aborts the
 * process (lib/evidence/inspected-workers.ts). A main thread that is starved or in native code passes it on late.
 */
const ANSWER_MS = 200

const { MessageChannel, postMessageToThread, threadId } = threads

export function joinThread(shared: Shared, host: ThreadHost): AgentThread {
  const line = createLine(shared, message => (message.type === 'welcome' ? stopAsking() : host.onMessage(message)))
  const task = ownTask()
  let current: MessagePort | undefined
  let again = false
  let stopped = false
  let stopAsking = (): void => {}

  function open(): void {
    const { port1, port2 } = new MessageChannel()
    let sentTo: number | undefined
    current = port1
    line.open(port1, host.greetings(again))
    again = true
    port1.on('close', () => attempt(() => current === port1 && reopen()))
    const join = (agent: number): void => {
      if (sentTo === agent) return
      if (sentTo !== undefined) {
        reopen()
        return
      }
      sentTo = agent
      const joining: Joining = {
        type: 'perfagent',
        buffer: shared.buffer,
        threadId,
        name: ownName(),
        task,
        profiledBy: profiledBy(),
        port: port2
      }
      postMessageToThread(agent, joining, [port2]).catch(error => {
        log('debug', `worker ${threadId} could not join its thread: ${error.message}`)
        port2.close()
      })
    }
    stopAsking = askWhere(join)
  }

  function reopen(): void {
    stopAsking()
    line.close()
    current = undefined
    if (stopped) return
    forgetQuestions(shared)
    open()
  }

  open()
  return {
    send: line.send,
    flush: line.flush,
    exit: () => leaveQuestions(shared, now() + ANSWER_MS, now),
    async stop(ms) {
      await line.flush(ms)
      stopped = true
      reopen()
    }
  }
}

/** The kernel's folder of this thread, on Linux. */
function ownTask(): string {
  try {
    return `/proc/${readlinkSync(OWN_THREAD)}`
  } catch {
    return ''
  }
}

/** Node 22.20 and 24.6; before, its inspector tells. */
const ownName = (): string => (threads as { threadName?: string | null }).threadName ?? ''
