// The agent thread as the main thread sees it: started once, restarted a few times when it dies, waited for, within bounds,
// when the process ends. Main thread.
//
// It is started without NODE_OPTIONS and execArgv: both would load the agent into its own thread. It never keeps the process
// alive. What is handed over while there is no thread, or faster than it can take it, is dropped and counted; the next timeline
// that gets through tells how many.

import { join } from 'node:path'
import { isatty } from 'node:tty'
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { now } from '../clock.js'
import { type Config, environment } from '../config.js'
import { log } from '../log.js'
import { createBacklog } from './backlog.js'
import type { ThreadData, ToAgentThread, ToMainThread } from './messages.js'
import { type Shared, waitForExit } from './shared.js'

/** Asked by number: touching process.stdout would open the application's stream for it. */
const STDOUT = 1
/** Before the first, second and third restart; there is no fourth. */
const RESTART_MS = [100, 1000, 5000]

/** V8 would let the young generation grow to 48 MB and keep it: an outage cost 28 MB more of memory that way. */
export const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 6 }

export interface AgentThread {
  send(message: ToAgentThread): void
  /** Resolves when everything handed over so far has been sent or given up. */
  flush(ms: number): Promise<void>
  /** In `process.on('exit')`: blocks until the rest is sent, at most `ms`. */
  exit(ms: number): void
  stop(): Promise<void>
}

export interface ThreadHost {
  onMessage(message: ToMainThread): void
  /** Sent to each new thread first; `again`: to one that takes the place of another. */
  greetings(again: boolean): ToAgentThread[]
}

export function startThread(config: Config, shared: Shared, mainFile: string, host: ThreadHost): AgentThread {
  let worker: Worker | undefined
  let port: MessagePort | undefined
  let restarts = 0
  let stopped = false
  let dropped = 0
  let flushes = 0
  const backlog = createBacklog(shared)
  const flushing = new Map<number, () => void>()

  function launch(): void {
    const { port1, port2 } = new MessageChannel()
    const data: ThreadData = {
      buffer: shared.buffer,
      config,
      mainFile,
      colors: isatty(STDOUT) && !environment()['NO_COLOR'],
      mayInspect: mayInspect(),
      poolSize: environment()['UV_THREADPOOL_SIZE']
    }
    try {
      worker = new Worker(join(__dirname, 'main.js'), {
        name: 'perfagent',
        workerData: { ...data, port: port2 },
        transferList: [port2],
        execArgv: [],
        env: {},
        stdin: false,
        resourceLimits: LIMITS
      })
    } catch (error) {
      log('warn', `cannot start its thread, so it reports nothing: ${(error as Error).message}`)
      return
    }
    port = port1
    worker.unref()
    port.on('message', handle)
    port.unref()
    let reason = ''
    worker.on('error', error => {
      reason = `: ${error.message}`
    })
    worker.on('exit', () => relaunch(reason))
    for (const greeting of host.greetings(restarts > 0)) port.postMessage(greeting)
  }

  function relaunch(reason: string): void {
    port?.close()
    worker = port = undefined
    backlog.forget()
    for (const resolve of flushing.values()) resolve()
    flushing.clear()
    if (stopped) return
    const delayMs = RESTART_MS[restarts++]
    if (delayMs === undefined) log('warn', `its thread ended${reason}; reporting is off until the service restarts`)
    else {
      log('warn', `its thread ended${reason}; it is started again`)
      setTimeout(() => !stopped && launch(), delayMs).unref()
    }
  }

  function handle(message: ToMainThread): void {
    if (message.type === 'flushed') {
      flushing.get(message.id)?.()
      flushing.delete(message.id)
    } else host.onMessage(message)
  }

  /** Throws when the application has put into a report what cannot be cloned. */
  function post(message: ToAgentThread): void {
    if (message.type === 'slow') {
      message.timeline.dropped.reports += dropped
      dropped = 0
    }
    if (message.type === 'kept') port?.postMessage(message, [message.batch.numbers.buffer])
    else port?.postMessage(message)
  }

  function drain(): void {
    while (port) {
      const received = receiveMessageOnPort(port)
      if (!received) return
      handle(received.message as ToMainThread)
    }
  }

  launch()
  return {
    send(message) {
      if (message.type === 'slow' && !(port && backlog.admit(message.timeline)))
        dropped += 1 + message.timeline.dropped.reports
      else post(message)
    },
    async flush(ms) {
      if (!port) return
      const id = ++flushes
      const done = new Promise<void>(resolve => flushing.set(id, resolve))
      port.ref()
      port.postMessage({ type: 'flush', id, ms } satisfies ToAgentThread)
      await done
      if (flushing.size === 0) port?.unref()
    },
    exit(ms) {
      if (!port) return
      port.postMessage({ type: 'exit', ms } satisfies ToAgentThread)
      stopped = true
      // One that does not answer is ended: Node would wait for its inspector session, and say so on the service's stderr.
      if (!waitForExit(shared, now() + ms, now, drain)) void worker?.terminate()
    },
    async stop() {
      stopped = true
      await worker?.terminate()
    }
  }
}

function mayInspect(): boolean {
  const permission = (process as NodeJS.Process & { permission?: { has(scope: string): boolean } }).permission
  return permission?.has('inspector') !== false
}
