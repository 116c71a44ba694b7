// Worker threads of the application under the inspector. Agent thread. A session connects to the main thread alone, so commands
// go by way of it (domain NodeWorker of Node's inspector): its interrupts pass them on, also while it is blocked in JavaScript.
//
// Node attaches to all workers that there are, those of workers too, and to those that are started later; an attached worker that
// nobody asks anything costs nothing. One that ends answers nothing any more.
//
// One is sent the next question when it has answered the last: a stop that comes while V8 is busy with a command would be swallowed by
// an evaluation behind it (stops.ts), and a process that ends has but one to wait for.
//
// Kept true: a worker that leaves is sent nothing, no `detach` either; Node detaches from one that ends by itself. What is sent in the
// microsecond in which a worker's inspector goes aborts the process without a word (`MainThreadInterface::Post` of Node 20 to 26 asks for a
// shared pointer that is dead already, and Node is built without exceptions). Who detaches as soon as a worker ends meets it. What is under
// way as a worker comes to its 'exit' is answered first: the worker waits for it (lib/worker/join.ts). Where it is terminated there is no
// 'exit': the main thread, which passes on what is sent, says so before (lib/worker/ends.ts).

import { type Inspected, type Wire, wireToMainThread, withQuestions } from './inspector.js'
import { passStops, STOP } from './stops.js'

/** A main thread in native code attaches when it returns. */
const ATTACH_MS = 1000
/** `[worker 3] name`, as Node's inspector names it. */
const TITLE = /^\[worker (\d+)\](?: (.*))?$/s
/** Its own default. */
const NO_NAME = 'WorkerThread'
/** One that has left and is attached after this has not ended: its agent was stopped, and its profile runs on. */
const LIVES_ON_MS = 5000

interface Attached {
  sessionId: string
  name: string
  /** Nothing is sent to it any more. */
  left: boolean
  handlers: Map<string, (params: never) => void>
  pending: Map<number, { resolve(result: unknown): void; reject(error: Error): void }>
}

export interface InspectedThread {
  threadId: number
  /** Its folder in /proc, '' where there is none. */
  task: string
  /** Before a question; false: it has come to its 'exit', a moment before its port closes, and is not asked. */
  beginQuestion(): boolean
  /** After each that has begun. */
  endQuestion(): void
  /** Calls `send`; false: `terminate()` has begun to end it. */
  whileItLives(send: () => void): boolean
}

export interface InspectedWorkers {
  /** Rejects when Node does not attach to it in time. `name`: as it was given one, else ''. */
  connect(thread: InspectedThread): Promise<{ inspected: Inspected; name: string }>
  /** Asks nothing any more, and resolves when all is answered: an answer of a worker that is being stopped swallows the stop (stops.ts). */
  quiet(): Promise<void>
}

/** Throws where the inspector is denied. `self`: the number of the agent's own thread. */
export function inspectWorkers(self: number): InspectedWorkers {
  const main = wireToMainThread()
  const attached = new Map<number, Attached>()
  const bySession = new Map<string, Attached>()
  const waiting = new Map<number, () => void>()
  const asked = new Set<Promise<unknown>>()
  let commands = 0
  let isQuiet = false

  main.on('NodeWorker.attachedToWorker', ({ sessionId, workerInfo }: WorkerEvent) => {
    const [, id, name = ''] = TITLE.exec(workerInfo.title) ?? []
    const threadId = Number(id)
    if (threadId === self) {
      main.post('NodeWorker.detach', { sessionId }).catch(() => {})
      return
    }
    const worker = {
      sessionId,
      name: name === NO_NAME ? '' : name,
      left: false,
      handlers: new Map(),
      pending: new Map()
    }
    attached.set(threadId, worker)
    bySession.set(sessionId, worker)
    waiting.get(threadId)?.()
  })
  main.on('NodeWorker.detachedFromWorker', ({ sessionId }: WorkerEvent) => forget(bySession.get(sessionId)))
  main.on('NodeWorker.receivedMessageFromWorker', ({ sessionId, message }: WorkerEvent) => {
    const worker = bySession.get(sessionId)
    const { id, method, params, result, error } = JSON.parse(message) as Answer
    if (method !== undefined) worker?.handlers.get(method)?.(params as never)
    const waiter = worker?.pending.get(id)
    worker?.pending.delete(id)
    if (error) waiter?.reject(new Error(error.message))
    else waiter?.resolve(result)
  })
  // What refuses this refuses `connect` too, by its deadline.
  main.post('NodeWorker.enable', { waitForDebuggerOnStart: false }).catch(() => {})

  function forget(worker: Attached | undefined): void {
    if (!worker) return
    bySession.delete(worker.sessionId)
    for (const [threadId, each] of attached) if (each === worker) attached.delete(threadId)
    giveUp(worker)
  }

  function giveUp(worker: Attached): void {
    worker.left = true
    for (const { reject } of worker.pending.values()) reject(new Error('the worker has ended'))
    worker.pending.clear()
  }

  function detach(worker: Attached): void {
    const { sessionId } = worker
    if (!bySession.has(sessionId)) return
    forget(worker)
    main.post('NodeWorker.detach', { sessionId }).catch(() => {})
  }

  function wireTo(worker: Attached, { beginQuestion, endQuestion, whileItLives }: InspectedThread): Wire {
    const { sessionId, pending, handlers } = worker
    let answered: Promise<unknown> = Promise.resolve()

    function ask(method: string, params: object): Promise<unknown> {
      if (isQuiet || worker.left || !beginQuestion()) return Promise.reject(new Error('the worker has ended'))
      const answer = new Promise((resolve, reject) => {
        const id = ++commands
        pending.set(id, { resolve, reject })
        const message = JSON.stringify({ id, method, params })
        const refuse = (error: Error): void => {
          pending.delete(id)
          reject(error)
        }
        const send = (): void => {
          main.post('NodeWorker.sendMessageToWorker', { sessionId, message }).catch(refuse)
        }
        // A stop that was swallowed has not ended it, and nothing else would.
        if (method === STOP) send()
        else if (!whileItLives(send)) refuse(new Error('the worker has ended'))
      })
      const forgetIt = (): void => {
        asked.delete(answer)
        endQuestion()
      }
      asked.add(answer)
      answer.then(forgetIt, forgetIt)
      return answer
    }

    return {
      post(method, params = {}) {
        if (method === STOP) return ask(method, params)
        const answer = answered.then(() => ask(method, params))
        answered = answer.catch(() => {})
        return answer
      },
      on: (event, handler) => void handlers.set(event, handler),
      disconnect() {
        if (worker.left) return
        giveUp(worker)
        setTimeout(() => detach(worker), LIVES_ON_MS).unref()
      }
    }
  }

  return {
    async quiet() {
      isQuiet = true
      await Promise.allSettled(asked)
    },
    async connect(thread) {
      const { threadId, task } = thread
      if (!attached.has(threadId)) await within(ATTACH_MS, resolve => waiting.set(threadId, resolve))
      waiting.delete(threadId)
      const worker = attached.get(threadId)
      if (!worker) throw new Error('Node’s inspector did not reach this worker thread')
      return {
        inspected: withQuestions(passStops(wireTo(worker, thread), { isWorker: true, task })),
        name: worker.name
      }
    }
  }
}

interface WorkerEvent {
  sessionId: string
  workerInfo: { title: string }
  message: string
}

interface Answer {
  id: number
  method?: string
  params?: object
  result?: unknown
  error?: { message: string }
}

const within = (ms: number, wait: (resolve: () => void) => void): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    wait(() => {
      clearTimeout(timer)
      resolve()
    })
  })
