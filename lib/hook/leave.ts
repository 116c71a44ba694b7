// The moment before the process ends. Main thread. No signal listener and none for uncaught errors: any would change what an
// operator sees, and one that does not end the process keeps it alive.
//
// 'exit' comes for process.exit(), an uncaught throw and a natural end. It is listened to before the application listens: where one of its
// listeners throws, Node calls none that stand behind it. It does not come for process.reallyExit() and process.execve() (Node 22.15 and
// newer), nor when the process raises a signal for itself that it does not handle, as libraries do that clean up first (signal-exit).
// Node then runs its native exit hooks, where an open inspector session has it say "Waiting for the debugger to disconnect..."
// (Node 20 to 26), so those calls are seen before.
//
// Node takes each such signal for the end, also SIGCHLD, SIGWINCH, SIGCONT and those that stop the process, though it lives on after these.
// Its exit hooks run once: after the first such signal they are gone. So of the signals that end nobody only the first one makes the agent
// leave, and come back afterwards.

import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { Worker } from 'node:worker_threads'
import { apply } from '../process/builtins.js'
import { createFuse, guard } from './guard.js'
import { type Callable, wrapForNow } from './replace.js'

/** Default actions that end nobody; SIGPIPE is ignored by Node, which begins to be debugged with SIGUSR1. All others are deadly. */
const SURVIVED = new Set('SIGCHLD SIGWINCH SIGCONT SIGURG SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGPIPE SIGUSR1'.split(' '))

/** A process that lives on would stand still meanwhile. Beside a backend that answers the rest is sent in 3 ms (Node 20). */
const LIVES_ON_MS = 50

/**
 * `comeBack`: it has not ended. The handler is to take `mostMs` at most. `isSure`: not where it depends on a signal or on another program
 * whether it ends.
 */
export function beforeLeaving(handler: (mostMs: number, isSure: boolean) => void, comeBack: () => void): () => void {
  let active = true
  let hooksHaveRun = false
  const leave = (mostMs = Number.POSITIVE_INFINITY, isSure = false): void => {
    if (active) handler(mostMs, isSure)
    active = false
  }
  const leaveForGood = (): void => leave(undefined, isExiting())
  const leaveFor = (call: Callable, self: unknown, args: unknown[], mostMs?: number, isSure?: boolean): unknown => {
    leave(mostMs, isSure)
    try {
      return apply(call, self, args)
    } finally {
      active = true
      comeBack()
    }
  }
  process.prependListener('exit', leaveForGood)
  const undo = [
    wrapForNow(
      process,
      'kill',
      kill =>
        function (this: unknown, ...args: unknown[]) {
          const end = active ? endBy(args[0], args[1], hooksHaveRun) : undefined
          if (!end) return apply(kill, this, args)
          hooksHaveRun = true
          return leaveFor(kill, this, args, end.mostMs, end.isSure)
        }
    ),
    // It throws for arguments that it does not take, from Node 26 on also where there is no such program.
    wrapForNow(
      process,
      'execve',
      execve =>
        function (this: unknown, ...args: unknown[]) {
          return active ? leaveFor(execve, this, args) : apply(execve, this, args)
        }
    ),
    wrapForNow(
      process,
      'reallyExit',
      reallyExit =>
        ({
          replacement(this: unknown, ...args: unknown[]) {
            leave(undefined, true)
            return apply(reallyExit, this, args)
          }
        }).replacement
    )
  ]
  return () => {
    active = false
    for (const takeOff of undo) takeOff()
    process.off('exit', leaveForGood)
  }
}

/** Not where the application emits 'exit' itself. */
const isExiting = (): boolean => (process as { _exiting?: boolean })._exiting === true

/** A worker that is terminated has no such moment. */
export function beforeWorkerLeaves(handler: () => void): () => void {
  const leave = (): void => handler()
  process.prependListener('exit', leave)
  return () => process.off('exit', leave)
}

/** By the thread that this runs on. Not by the end of the process, before which the agent thread hangs up. */
export function beforeWorkerIsEnded(handler: (worker: Worker) => void): () => void {
  let active = true
  const takeOff = wrapForNow(
    Worker.prototype,
    'terminate',
    terminate =>
      ({
        replacement(this: unknown, ...args: unknown[]) {
          if (active) handler(this as Worker)
          return apply(terminate, this, args)
        }
      }).replacement
  )
  return () => {
    active = false
    takeOff()
  }
}

/** The process itself, its group, or whomever it may signal. Node takes text, too. */
const isOwn = (pid: unknown): boolean =>
  (typeof pid === 'number' || typeof pid === 'string') && [process.pid, -process.pid, 0, -1].includes(Number(pid))

const NUMBERS: Record<string, number> = constants.signals

/** A signal that is missing or empty is SIGTERM to Node; 0 stays 0, which sends nothing. */
function numberOf(signal: unknown): unknown {
  const known = signal === 0 ? signal : signal || 'SIGTERM'
  return typeof known === 'string' ? NUMBERS[known] : known
}

const namesOf = (signal: unknown): string[] => Object.keys(NUMBERS).filter(name => NUMBERS[name] === numberOf(signal))

/** What Node takes for the process's end. */
const endBy = guard(createFuse('watching signals'), (pid: unknown, signal: unknown, hooksHaveRun: boolean) => {
  if (!isOwn(pid) || !isTakenForEnd(signal, hooksHaveRun)) return undefined
  const livesOn = namesOf(signal).some(name => SURVIVED.has(name))
  return livesOn ? { mostMs: LIVES_ON_MS } : { isSure: isSentToItself(pid) && isDeadly(numberOf(signal) as number) }
})

/** Not by -1, for all others (Linux), nor for certain by the number of a group, which it may not lead. */
const isSentToItself = (pid: unknown): boolean => Number(pid) === process.pid || Number(pid) === 0

/** By these Node's own handlers end the process. */
const HANDLED_BY_NODE = new Set<number>([constants.signals.SIGINT, constants.signals.SIGTERM])

/** Neither blocked nor ignored nor handled by an addon, as the kernel has it. Where it does not say, nobody knows. */
function isDeadly(signal: number): boolean {
  const masks = readMasks()
  const isIn = (name: string): boolean => ((masks.get(name)! >> BigInt(signal - 1)) & 1n) === 1n
  return masks.size === 3 && !isIn('Blk') && !isIn('Ign') && (HANDLED_BY_NODE.has(signal) || !isIn('Cgt'))
}

function readMasks(): Map<string, bigint> {
  try {
    const lines = readFileSync('/proc/self/status', 'latin1').matchAll(/^Sig(Blk|Ign|Cgt):\t(\w+)$/gm)
    return new Map(Array.from(lines, ([, name, bits]) => [name!, BigInt(`0x${bits}`)]))
  } catch {
    return new Map()
  }
}

function isTakenForEnd(signal: unknown, hooksHaveRun: boolean): boolean {
  const number = numberOf(signal)
  if (typeof number !== 'number' || !(number > 0)) return false
  const names = namesOf(signal)
  const isHandled = names.some(name => process.listenerCount(name) > 0)
  return !isHandled && (!hooksHaveRun || !names.some(name => SURVIVED.has(name)))
}
