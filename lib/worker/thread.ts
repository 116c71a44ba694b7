// The agent thread as the main thread sees it: started once, restarted a few times when it dies, waited for, within bounds,
// when the process ends. Main thread.
//
// It is started without NODE_OPTIONS and execArgv: both would load the agent into its own thread. Only what makes its file
// readable is handed on. It never keeps the process alive.
//
// node:tty is loaded when it starts: with it comes node:net, 2 ms, which a server has anyway.

import { MessageChannel, Worker } from 'node:worker_threads'
import { type Config, environment } from '../options/config.js'
import { isFromSnapshot, profiledBy } from '../options/node-flags.js'
import { entryFile } from '../place.js'
import { addressSpaceLeftBytes } from '../process/address-space.js'
import { attempt } from '../process/attempt.js'
import { now } from '../process/clock.js'
import { descriptorsLeft } from '../process/descriptors.js'
import { log } from '../process/log.js'
import { abortsThreadsOfSnapshots } from '../process/node-version.js'
import { tooFewThreads } from '../process/threads.js'
import { waitForExit } from './farewell.js'
import { createLine } from './line.js'
import { type Meeting, withoutNotice } from './meeting.js'
import type { FromAgentThread, ThreadData, ToAgentThread } from './messages.js'
import { noteCounted, type Shared, setCounting, setStaying, unreported } from './shared.js'
import { createStart, leaveWithoutIt } from './start.js'

/** Asked by number: touching process.stdout would open the application's stream for it. */
const STDOUT = 1
/** Before the first, second and third restart; there is no fourth. */
const RESTART_MS = [100, 1000, 5000]

/** V8 would let the young generation grow to 48 MB and keep it: an outage cost 28 MB more of memory that way. */
export const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 6 }

/**
 * How much more address space a process takes with the thread, nearly all of it only reserved: 670 to 1002 MB (Node 20, 24, 26). V8 ends
 * the process when it cannot have what it reserves for a thread.
 */
const ADDRESS_SPACE_BYTES = 1280 * 2 ** 20

/** The thread holds up to 14 while nothing is sent (Node 24), and then the application has hardly any. */
const DESCRIPTORS = 16

/** The agent's, V8's for the samples, and four for what the application may yet start: workers, children. */
const THREADS = 6

/** A timer of Node may end so much early, by libuv's whole milliseconds: the agent thread then gives up just before the deadline. */
const TIMER_MS = 2

export interface AgentThread {
  send(message: ToAgentThread): void
  /** Resolves when everything handed over so far has been sent or given up. */
  flush(ms: number): Promise<void>
  /**
   * In `process.on('exit')`: blocks until the rest is sent, at most `ms`. `livesOn`: the process is not expected to end. `stillRunning`: how
   * many requests in flight it was told of.
   */
  exit(ms: number, livesOn: boolean, stillRunning: number): void
  /** After `exit`, when the process has not ended: it goes on. That of a worker does not leave for a signal. */
  comeBack?(): void
  /** Ends it after a `flush`, by which it hangs up. */
  stop(ms: number): Promise<void>
}

export interface ThreadHost {
  onMessage(message: FromAgentThread): void
  /** Sent to each new thread first; `again`: to one that takes the place of another. */
  greetings(again: boolean): ToAgentThread[]
}

export function startThread(
  config: Config,
  shared: Shared,
  mainFile: string,
  meeting: Meeting,
  host: ThreadHost,
  sendsMetrics: boolean
): AgentThread {
  const line = createLine(shared, handle)
  let worker: Worker | undefined
  let start = createStart()
  /** Metrics of another one would be counted once more. */
  let instance = ''
  let restarts = 0
  let stopped = false
  let exits = 0
  /** By the time the process was to leave. One that has not is ended, and another thread takes its place if the process stays. */
  let hasHungUp = false
  let comesBack = false
  /** It was said that nothing is reported. */
  let isOff = false

  function launch(again: boolean): void {
    isOff = true
    const danger = dangerOfThread()
    if (danger) {
      log('warn', `does not start its thread, so it reports nothing: ${danger}`)
      return
    }
    // Until that thread looks itself, which takes a busy machine a second: what is slow meanwhile has mostly waited for a CPU.
    setCounting(shared, true)
    noteCounted(shared)
    start = createStart()
    const tty = process.getBuiltinModule('node:tty')
    const { port1, port2 } = new MessageChannel()
    const data: ThreadData = {
      buffer: shared.buffer,
      ends: meeting.ends,
      start,
      config,
      mainFile,
      colors: tty.isatty(STDOUT) && !environment()['NO_COLOR'],
      mayInspect: mayInspect(),
      poolSize: environment()['UV_THREADPOOL_SIZE'],
      profiledBy: profiledBy(),
      instance
    }
    try {
      worker = withoutNotice(
        () =>
          new Worker(entryFile('agent-thread.js'), {
            name: 'perfagent',
            workerData: { ...data, port: port2 },
            transferList: [port2],
            execArgv: plugAndPlay(),
            env: {},
            stdin: false,
            resourceLimits: LIMITS
          })
      )
    } catch (error) {
      setCounting(shared, false)
      log('warn', `cannot start its thread, so it reports nothing: ${(error as Error).message}`)
      return
    }
    isOff = false
    worker.unref()
    let reason = ''
    worker.on('error', error => {
      reason = `: ${error.message}`
    })
    worker.on('exit', () => attempt(() => relaunch(reason)))
    line.open(port1, host.greetings(again))
  }

  function relaunch(reason: string): void {
    meeting.down()
    setCounting(shared, false)
    line.close()
    worker = undefined
    if (stopped) return
    if (comesBack) {
      comesBack = false
      launch(true)
      return
    }
    const delayMs = RESTART_MS[restarts++]
    if (delayMs === undefined) {
      isOff = true
      log('warn', `its thread ended${reason}; reporting is off until the service restarts`)
    } else {
      log('warn', `its thread ended${reason}; it is started again`)
      setTimeout(() => attempt(() => !stopped && launch(true)), delayMs).unref()
    }
  }

  function handle(message: FromAgentThread): void {
    if (message.type === 'up') {
      instance = message.instance
      meeting.up(worker!.threadId)
    } else host.onMessage(message)
  }

  function sayUnreported(wasLate: boolean, stillRunning: number): void {
    // Nobody was to get them.
    if (config.export.includes('none')) return
    const { lost, counted } = unreported(shared, stillRunning)
    const why = wasLate ? `, for PERFAGENT_EXIT_MS is over (${config.exitMs})` : ''
    if (lost > 0) log('warn', `the process ends and ${slowRequests(lost)} not reported${why}`)
    // As the limit of reports wants it, or it was said why.
    if (counted > 0) log('info', `the process ends and ${slowRequests(counted)} counted, of which no report has told`)
  }

  /** Nobody waits for anything that it would do. One that is ended misses what a process hands over that lives on. */
  function isNeedless(livesOn: boolean, stillRunning: number): boolean {
    const { lost, counted } = unreported(shared, stillRunning)
    return !livesOn && !sendsMetrics && !line.owes && lost + counted === 0 && !meeting.hasWorkers
  }

  function exchangeFarewells(deadline: number, livesOn: boolean): boolean {
    line.send({ type: 'exit', nth: ++exits, deadline, livesOn })
    return waitForExit(shared, exits, deadline, now, line.drain)
  }

  launch(false)
  return {
    send: line.send,
    flush: line.flush,
    exit(ms, livesOn, stillRunning) {
      const deadline = now() + ms
      if (line.isOpen) {
        stopped = true
        hasHungUp =
          !(isNeedless(livesOn, stillRunning) && leaveWithoutIt(start)) && exchangeFarewells(deadline, livesOn)
        // One that does not answer is ended: Node would wait for its inspector session, and say so on the service's stderr.
        if (!hasHungUp) void worker?.terminate()
      }
      if (!livesOn && !isOff) sayUnreported(now() >= deadline - TIMER_MS, stillRunning)
    },
    comeBack() {
      if (!stopped) return
      stopped = false
      setStaying(shared)
      if (hasHungUp) {
        line.send({ type: 'stay' })
        return
      }
      comesBack = true
      // What ends the process now is not to wait for a thread that goes.
      line.close()
    },
    async stop(ms) {
      stopped = true
      await line.flush(ms, true)
      await worker?.terminate()
    }
  }
}

/** Why one more thread would end the process, or take what the application needs; undefined: it would not. */
function dangerOfThread(): string | undefined {
  if (abortsThreadsOfSnapshots() && isFromSnapshot())
    return 'Node ends a process from a snapshot whose thread uses node:net'
  const descriptors = descriptorsLeft()
  if (descriptors !== undefined && descriptors < DESCRIPTORS)
    return `of the descriptors (ulimit -n) ${descriptors} are left, and the application may need them`
  const threads = tooFewThreads(THREADS, environment()['UV_THREADPOOL_SIZE'])
  if (threads !== undefined)
    return `of the threads (pids.max, ulimit -u) ${threads} are left, and Node ends a process that cannot start one`
  const leftBytes = addressSpaceLeftBytes()
  if (leftBytes === undefined || leftBytes >= ADDRESS_SPACE_BYTES) return undefined
  return `of the address space (ulimit -v) ${Math.max(0, Math.floor(leftBytes / 2 ** 20))} MB are left`
}

/** Yarn's Plug'n'Play keeps packages in archives, which a thread reads only with its hooks on `fs` and on modules (Yarn 4.18). */
function plugAndPlay(): string[] {
  return process.versions['pnp'] ? ['--require', require.resolve('pnpapi')] : []
}

function mayInspect(): boolean {
  const permission = (process as NodeJS.Process & { permission?: { has(scope: string): boolean } }).permission
  return permission?.has('inspector') !== false
}

const slowRequests = (count: number): string => `${count} slow request${count === 1 ? ' was' : 's were'}`
