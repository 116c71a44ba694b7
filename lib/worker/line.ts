// The line by which a thread of the application talks with the agent thread, which may die and be replaced meanwhile. Main thread and
// workers.
//
// Kept true: what is handed over while there is no agent thread, or faster than it is explained, is dropped and counted; the next timeline
// that gets through tells how many.

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { buffersOf } from '../batch/format.js'
import { attempt } from '../process/attempt.js'
import { createBacklog } from './backlog.js'
import type { FromAgentThread, ToAgentThread } from './messages.js'
import { addPending, addUntold, type Shared, takeHandedOver } from './shared.js'

/** The agent thread answers in time, unless it has ended: a worker is not told so. */
const LATE_MS = 500

export interface Line {
  readonly isOpen: boolean
  /** Something was handed over through this port that is to leave the process. */
  readonly owes: boolean
  /** From now on this port is used. It does not keep the thread alive. */
  open(port: MessagePort, greetings: ToAgentThread[]): void
  close(): void
  send(message: ToAgentThread): void
  flush(ms: number, last?: boolean): Promise<void>
  /** Handles what has come, while the event loop makes no turn. */
  drain(): void
}

export function createLine(shared: Shared, onMessage: (message: FromAgentThread) => void): Line {
  let port: MessagePort | undefined
  let owes = false
  let dropped = 0
  let flushes = 0
  const backlog = createBacklog(shared)
  const flushing = new Map<number, () => void>()

  function handle(message: FromAgentThread): void {
    if (message.type === 'flushed') {
      flushing.get(message.id)?.()
      flushing.delete(message.id)
    } else onMessage(message)
  }

  function count(more: number): void {
    dropped += more
    addUntold(shared, more)
  }

  /** Throws when the application has put into a report what cannot be cloned. */
  function post(message: ToAgentThread): void {
    if (message.type === 'slow') {
      message.timeline.dropped.reports += dropped
      count(-dropped)
      addPending(shared, 1 + message.timeline.dropped.reports)
    }
    if (message.type === 'slow' || message.type === 'kept') owes = true
    if (message.type === 'kept') port?.postMessage(message, buffersOf(message.batch))
    else port?.postMessage(message)
  }

  return {
    get isOpen() {
      return port !== undefined
    },
    get owes() {
      return owes
    },
    open(opened, greetings) {
      port = opened
      owes = false
      port.on('message', message => attempt(() => handle(message)))
      port.unref()
      for (const greeting of greetings) port.postMessage(greeting)
    },
    close() {
      port?.close()
      port = undefined
      backlog.forget()
      count(takeHandedOver(shared))
      for (const resolve of flushing.values()) resolve()
      flushing.clear()
    },
    send(message) {
      if (message.type === 'slow' && !(port && backlog.admit(message.timeline)))
        count(1 + message.timeline.dropped.reports)
      else post(message)
    },
    async flush(ms, last = false) {
      if (!port) return
      const id = ++flushes
      let late: NodeJS.Timeout | undefined
      const done = new Promise<void>(resolve => {
        flushing.set(id, resolve)
        late = setTimeout(resolve, ms + LATE_MS)
      })
      port.ref()
      post({ type: 'flush', id, ms, last })
      await done
      clearTimeout(late)
      flushing.delete(id)
      if (flushing.size === 0) port?.unref()
    },
    drain() {
      while (port) {
        const received = receiveMessageOnPort(port)
        if (!received) return
        handle(received.message as FromAgentThread)
      }
    }
  }
}
