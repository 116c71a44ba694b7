// What the application's threads and the agent thread say to each other. Types only. Everything is plain data: it crosses by
// structured clone.

import type { MessagePort } from 'node:worker_threads'
import type { Batch, Room } from '../batch/format.js'
import type { MetricsAnswer } from '../metrics/counting.js'
import type { Series } from '../metrics/series.js'
import type { Config } from '../options/config.js'
import type { InForce, Report, Timeline } from '../types.js'
import type { Ends } from './ends.js'
import type { Start } from './start.js'

export interface ThreadData {
  buffer: SharedArrayBuffer
  ends: Ends
  start: Start
  config: Config
  /** The application's main file: where its package.json is looked for. */
  mainFile: string
  colors: boolean
  /** Node's permission model does not deny it. Told, because a thread without execArgv knows of no permissions. */
  mayInspect: boolean
  /** UV_THREADPOOL_SIZE. Told, because the thread's environment is empty. */
  poolSize: string | undefined
  /** What of Node's own would print each profile; undefined: nothing. */
  profiledBy: string | undefined
  /** What the agent thread before it called this instance of the service; '' for none. */
  instance: string
}

/** A worker thread of the application comes to the agent thread. */
export interface Joining {
  type: 'perfagent'
  buffer: SharedArrayBuffer
  threadId: number
  /** '' where Node does not tell. */
  name: string
  /** The kernel's folder of the thread; '' for none. */
  task: string
  /** What of Node's own would print each profile of this thread; undefined: nothing. */
  profiledBy: string | undefined
  port: MessagePort
}

export type ToAgentThread =
  | { type: 'slow'; timeline: Timeline }
  /** The answer to `askRunning`. */
  | { type: 'running'; timelines: Timeline[] }
  /** Of requests that were not slow: their spans leave, and nothing else. */
  | { type: 'kept'; batch: Batch }
  /** Which hooks the application has registered. */
  | { type: 'hooks'; reports: boolean; decides: boolean }
  /** The answer to `decide`; null drops the report. */
  | { type: 'decided'; id: string; report: Report | null }
  /** New series of metrics; `again`: all, for a thread that takes the place of another. */
  | { type: 'series'; series: Series[]; again: boolean }
  /** The answer to `askMetrics`. */
  | { type: 'metrics'; told: MetricsAnswer }
  /** Options have changed; these are all that can. */
  | { type: 'configure'; changes: Partial<Config> }
  /** What is in force and where it comes from: as the thread starts, and whenever it has changed. */
  | { type: 'inForce'; inForce: InForce }
  /** The answer to `askMaps`: as JSON, of those files that have one. */
  | { type: 'maps'; maps: Record<string, string> }
  /** `last`: nothing comes after it, and the agent thread hangs up before it answers. */
  | { type: 'flush'; id: number; ms: number; last: boolean }
  | Leaving
  /** It has not ended. */
  | { type: 'stay' }

/** By that moment the process is to end, however late this comes. `nth`: counts them. `livesOn`: it is not expected to end. */
export interface Leaving {
  type: 'exit'
  nth: number
  deadline: number
  livesOn: boolean
}

export type FromAgentThread =
  /** Workers can join it; `instance`: of the service, as it calls it. */
  | { type: 'up'; instance: string }
  /** To a worker that has joined. */
  | { type: 'welcome' }
  /** The main thread has changed options; for workers. */
  | { type: 'configured'; changes: Partial<Config> }
  | { type: 'report'; report: Report }
  /** beforeReport hooks may change or drop it before it leaves. */
  | { type: 'decide'; report: Report }
  | { type: 'flushed'; id: number }
  /** The batch of `kept` is worked off: the next may come, into the same arrays. */
  | { type: 'took'; room: Room }
  /** Asks for the metrics that only the main thread can read. */
  | { type: 'askMetrics' }
  /** Asks for the source maps of files that were compiled in memory. */
  | { type: 'askMaps'; files: string[] }
  /** Asks for running slow requests where the inspector is denied. */
  | { type: 'askRunning' }
  /** The config file's text: as the thread starts, and whenever it has changed. */
  | { type: 'configFile'; text: string }
  /** The options that a person has set in a console, whenever they are others; from outside, and unchecked. */
  | { type: 'console'; options: unknown }
