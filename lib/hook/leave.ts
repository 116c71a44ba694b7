// The moment before the process ends. Main thread. No signal listener and none for uncaught errors: any would change what an
// operator sees, and one that does not end the process keeps it alive.
//
// 'exit' comes for process.exit(), an uncaught throw and a natural end. It does not come when the process raises a signal for
// itself that nobody handles, as libraries do that clean up first (signal-exit). Node then runs its native exit hooks, where an
// open inspector session has it say "Waiting for the debugger to disconnect..." (Node 20 to 26), so that call is seen before.

import { constants } from 'node:os'
import { Worker } from 'node:worker_threads'
import { wrapFunction } from './wrap.js'

/** Signals that end a process which does not handle them. */
const DEADLY = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGABRT', 'SIGKILL', 'SIGUSR2', 'SIGALRM'] as const

export function beforeLeaving(handler: () => void): () => void {
  let active = true
  const leave = (): void => {
    if (active) handler()
    active = false
  }
  process.on('exit', leave)
  wrapFunction(
    process,
    'kill',
    kill =>
      function (this: unknown, ...args: unknown[]) {
        if (active && isOwn(args[0]) && isDeadly(args[1])) leave()
        return kill.apply(this, args)
      }
  )
  return () => {
    active = false
    process.off('exit', leave)
  }
}

/** A worker that is terminated has no such moment. */
export function beforeWorkerLeaves(handler: () => void): () => void {
  process.on('exit', handler)
  return () => process.off('exit', handler)
}

/** By the thread that this runs on. Not by the end of the process, before which the agent thread hangs up. */
export function beforeWorkerIsEnded(handler: (worker: Worker) => void): () => void {
  let active = true
  wrapFunction(
    Worker.prototype,
    'terminate',
    terminate =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          if (active) handler(this as Worker)
          return terminate.apply(this, args)
        }
      }).replacement
  )
  return () => {
    active = false
  }
}

/** The process itself, or its group. */
const isOwn = (pid: unknown): boolean => pid === process.pid || pid === -process.pid || pid === 0

function isDeadly(signal: unknown = 'SIGTERM'): boolean {
  const name = DEADLY.find(deadly => deadly === signal || constants.signals[deadly] === signal)
  return name !== undefined && process.listenerCount(name) === 0
}
