// How a worker thread of the application finds the agent thread, which the main thread alone starts. Both threads.
//
//   main thread    what a worker needs before its first line of code: `setEnvironmentData`, which workers of workers inherit
//   worker         looks into shared memory where the agent thread is; where there is none, it asks on a BroadcastChannel, which
//                  has the main thread start it, and say its number as soon as it is up
//   worker         sends it a port (`postMessageToThread`, Node 20.19 and 22.5): from then on both talk without the main thread
//   agent thread   says welcome; until then the worker listens whether another one has taken its place
//
// The first look needs no turn of the worker's event loop: a worker of piscina sleeps in `Atomics.wait` as soon as its task is done.
//
// The application sees none of it: no message of its own ports, no 'workerMessage' of its threads, no data of its workers, and
// nothing that keeps a thread alive. A process without workers pays for the entry of environment data.

import { channel } from 'node:diagnostics_channel'
import { BroadcastChannel, getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import type { Config } from '../options/config.js'
import { attempt } from '../process/attempt.js'
import { createEnds, type Ends, sendNothing } from './ends.js'

const NAME = 'perfagent'
/** Published by Node in the constructor of Worker, so before the worker's first line. */
const STARTED = 'worker_threads'

/** What the main thread's agent leaves to the workers. */
export interface Heritage {
  version: string
  config: Config
  mainFile: string
  /** One word of shared memory; 0 while the agent thread cannot be joined. */
  agentThreadId: Int32Array
}

/** Workers started from now on find it; undefined: none. */
export const bequeath = (heritage: Heritage | undefined): void => setEnvironmentData(NAME, heritage)

export const heritage = (): Heritage | undefined => getEnvironmentData(NAME) as Heritage | undefined

type Said = { type: 'where' } | { type: 'here'; threadId: number }

export interface Meeting {
  agentThreadId: Int32Array
  /** Of workers that the main thread terminates. */
  ends: Ends
  /** The application has started workers, which may have handed something over. */
  readonly hasWorkers: boolean
  /** The agent thread is ready to be joined. */
  up(threadId: number): void
  down(): void
  stop(): void
}

let ours = false

/** A worker of our own is no reason to listen. */
export function withoutNotice<Result>(start: () => Result): Result {
  ours = true
  try {
    return start()
  } finally {
    ours = false
  }
}

/** Main thread. `wanted`: a worker asks for the agent thread. */
export function awaitWorkers(wanted: () => void): Meeting {
  const started = channel(STARTED)
  const agentThreadId = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const ends = createEnds()
  let broadcast: BroadcastChannel | undefined

  const say = (): void => {
    const threadId = Atomics.load(agentThreadId, 0)
    if (threadId !== 0) broadcast?.postMessage({ type: 'here', threadId } satisfies Said)
  }

  function open(): void {
    if (ours) return
    started.unsubscribe(open)
    broadcast = new BroadcastChannel(NAME)
    broadcast.onmessage = message => {
      if ((message as { data: Said }).data.type !== 'where') return
      wanted()
      attempt(say)
    }
    broadcast.unref()
  }

  started.subscribe(open)
  return {
    agentThreadId,
    ends,
    get hasWorkers() {
      return broadcast !== undefined
    },
    up(threadId) {
      Atomics.store(agentThreadId, 0, threadId)
      say()
    },
    down() {
      Atomics.store(agentThreadId, 0, 0)
      sendNothing(ends)
    },
    stop() {
      started.unsubscribe(open)
      broadcast?.close()
      // The agent thread may still say that it is up.
      broadcast = undefined
    }
  }
}

/** Worker: calls `found` with the number of the agent thread, and with that of another that takes its place. Returns the undo. */
export function askWhere(found: (threadId: number) => void): () => void {
  const broadcast = new BroadcastChannel(NAME)
  broadcast.onmessage = message => {
    const { data } = message as { data: Said }
    if (data.type === 'here') found(data.threadId)
  }
  broadcast.unref()
  const agentThreadId = heritage()?.agentThreadId
  const threadId = agentThreadId ? Atomics.load(agentThreadId, 0) : 0
  if (threadId === 0) broadcast.postMessage({ type: 'where' } satisfies Said)
  else found(threadId)
  return () => broadcast.close()
}
