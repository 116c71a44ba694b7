// How a worker thread of the application finds the agent thread, which the main thread alone starts. Both threads.
//
//   main thread    what a worker needs before its first line of code: `setEnvironmentData`, which workers of workers inherit
//   worker         asks on a BroadcastChannel where the agent thread is; the question has the main thread start it
//   main thread    answers with its number, as soon as it is up
//   worker         sends it a port (`postMessageToThread`, Node 20.19 and 22.5): from then on both talk without the main thread
//
// The application sees none of it: no message of its own ports, no 'workerMessage' of its threads, no data of its workers, and
// nothing that keeps a thread alive. A process without workers pays for the entry of environment data.

import { channel } from 'node:diagnostics_channel'
import { BroadcastChannel, getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import type { Config } from '../config.js'

const NAME = 'perfagent'
/** Published by Node in the constructor of Worker, so before the worker's first line. */
const STARTED = 'worker_threads'

/** What the main thread's agent leaves to the workers. */
export interface Heritage {
  version: string
  config: Config
  mainFile: string
}

/** Workers started from now on find it; undefined: none. */
export const bequeath = (heritage: Heritage | undefined): void => setEnvironmentData(NAME, heritage as never)

export const heritage = (): Heritage | undefined => getEnvironmentData(NAME) as Heritage | undefined

type Said = { type: 'where' } | { type: 'here'; threadId: number }

export interface Meeting {
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
  let hall: BroadcastChannel | undefined
  let at: number | undefined

  const say = (): void => {
    if (at !== undefined) hall?.postMessage({ type: 'here', threadId: at } satisfies Said)
  }

  function open(): void {
    if (ours) return
    started.unsubscribe(open)
    hall = new BroadcastChannel(NAME)
    hall.onmessage = message => {
      if ((message as { data: Said }).data.type !== 'where') return
      wanted()
      say()
    }
    hall.unref()
  }

  started.subscribe(open)
  return {
    up(threadId) {
      at = threadId
      say()
    },
    down() {
      at = undefined
    },
    stop() {
      started.unsubscribe(open)
      hall?.close()
    }
  }
}

/** Worker: calls `found` once, with the number of the agent thread. Returns the undo. */
export function askWhere(found: (threadId: number) => void): () => void {
  const hall = new BroadcastChannel(NAME)
  hall.onmessage = message => {
    const { data } = message as { data: Said }
    if (data.type !== 'here') return
    hall.close()
    found(data.threadId)
  }
  hall.unref()
  hall.postMessage({ type: 'where' } satisfies Said)
  return () => hall.close()
}
