// The functions of the public API, which all entries of the package share. It is published as one file, so that each thread loads it once.
// Main thread and workers.
//
// To start reads the options and waits: the agent is made, and its code loaded, when it is needed (lib/needed.ts) or asked for. From the
// start on `globalThis[Symbol.for('perfagent')]` is there: until then a getter that makes it.
//
// Every function acts on the one agent of its thread, also when the application's copy of this package is not the copy that was loaded
// first. Without an agent they do nothing, so that code which uses them runs unchanged where perfagent is off. None of them throws.

import { isMainThread } from 'node:worker_threads'
import type { Agent, AgentOptions } from './agent.js'
import { applicationFile } from './application.js'
import { keepCompiled } from './hook/compiled.js'
import { runToEnd } from './hook/run-to-end.js'
import { holdTickOnConnect } from './hook/ticks.js'
import { runWork } from './hook/work.js'
import { loadLater } from './later.js'
import { isNeeded, whenNeeded } from './needed.js'
import {
  type Environment,
  environment,
  NAMES,
  OPTIONS,
  type Options,
  type Reading,
  readConfig
} from './options/config.js'
import { ownVersion } from './place.js'
import { log, setLogLevel } from './process/log.js'
import type { ReportFilter, SlowRequestHook } from './types.js'
import { sayIfNothingStarts } from './unstarted.js'
import { awaitWorkers, bequeath, heritage } from './worker/meeting.js'

export type { Options } from './options/config.js'
export type * from './types.js'

const KEY = Symbol.for('perfagent')
const global = globalThis as { [KEY]?: Agent }

/**
 * Hooks and filters that were registered before the start: the agent gets them when it starts. Else a filter that takes secrets out
 * would be lost without a word, only because its line stands above that of `start`.
 */
const early = new Set<(agent: Agent) => void>()
/** `enabled` is false: no agent will start in this thread. */
let isOff = false
/** Whether `start` was called. */
let isAsked = false
/** Libraries that are ES modules are patched as they are imported. */
let patchesImports = false

/** Called by the entry `perfagent`, which starts nothing itself: if nobody else does, that is said. */
export function expectStart(): void {
  if (isMainThread && !(KEY in global) && !isAsked) sayIfNothingStarts(() => isAsked || KEY in global)
}

/**
 * Starts the agent; `perfagent/register` calls it with the environment's options. A second start changes nothing. In a worker
 * thread it joins the main thread's agent, whose options hold there too; `enabled: false` leaves a worker out.
 */
export function start(options: Options = {}): void {
  isAsked = true
  try {
    const version = ownVersion()
    const running = global[KEY]
    if (running) {
      log(
        'warn',
        `version ${running.version} runs already, so version ${version} was not started a second time${withoutEffect(options)}`
      )
      return
    }
    const env = { ...environment() }
    const reading = readConfig({ env, code: options })
    if (isMainThread) {
      setLogLevel(reading.config.logLevel)
      for (const warning of reading.warnings) log('warn', warning)
    }
    isOff = !reading.config.enabled
    if (isOff) early.clear()
    if (isOff) return
    const found = isMainThread ? ofMainThread(version, reading, env) : ofWorker(version)
    if (found) makeWhenNeeded(found)
  } catch (error) {
    log('error', `could not start: ${(error as Error).message}`)
  }
}

/** What is said of the options that a second start was given: code that calls `start` may run with perfagent/register too. */
function withoutEffect(options: Options): string {
  const given = Object(options) as Options
  const names = NAMES.filter(name => given[name] !== undefined)
  if (names.length === 0) return ''
  const variables = names.map(name => OPTIONS[name].env).join(', ')
  return `; ${names.join(', ')} given to start ${names.length > 1 ? 'are' : 'is'} without effect: set ${variables}`
}

const agentCode = (): typeof import('./agent.js') => loadLater('./agent.js') as typeof import('./agent.js')

/** What createAgent is given, but for what is the same in each thread. */
type OfThread = Omit<AgentOptions, 'takeBack'>

function ofMainThread(version: string, reading: Reading, env: Environment): OfThread {
  const { config } = reading
  const meeting = awaitWorkers(() => global[KEY]?.launch())
  const { agentThreadId } = meeting
  // Cloned here first: what cannot be cloned would have each `new Worker` of the application throw.
  const leaveToWorkers = (): void =>
    bequeath({ version, config: structuredClone(config), mainFile: applicationFile(), agentThreadId })
  leaveToWorkers()
  return { version, config, mainFile: applicationFile, main: { sources: { reading, env }, meeting, leaveToWorkers } }
}

/** Undefined where the main thread has no agent, or one of another version: two versions may not understand each other. */
function ofWorker(version: string): OfThread | undefined {
  const main = heritage()
  if (!main) log('warn', 'is not in the main thread, so this worker thread is not seen: load it there first')
  else if (main.version === version) {
    setLogLevel(main.config.logLevel)
    return { version, config: main.config, mainFile: () => main.mainFile, main: undefined }
  } else log('warn', `version ${main.version} runs in the main thread, so version ${version} does nothing in a worker`)
  return undefined
}

function makeWhenNeeded(options: OfThread): void {
  const undo = [keepCompiled(), holdTickOnConnect()]
  const takeBack = (): void => {
    for (const step of undo) step()
  }
  let stopWaiting = nothing

  function make(): Agent | undefined {
    try {
      stopWaiting()
      Reflect.deleteProperty(globalThis, KEY)
      const agent = agentCode().createAgent({ ...options, takeBack })
      Object.defineProperty(globalThis, KEY, { value: agent, configurable: true })
      for (const give of early) give(agent)
      early.clear()
      return agent
    } catch (error) {
      log('error', `could not start: ${(error as Error).message}`)
      return undefined
    }
  }

  Object.defineProperty(globalThis, KEY, { get: make, configurable: true })
  // What is imported is patched while it is, and a console is taken apart before a server listens: `const { log } = console`.
  if (patchesImports || options.config.logTraceIds.length > 0 || isNeeded()) make()
  else stopWaiting = whenNeeded(make)
}

/**
 * What perfagent/esm asks for, before anything is imported: libraries that are ES modules are patched as they are imported. That
 * takes import-in-the-middle, which is installed beside; without it nothing is patched so, which is said.
 */
export function patchEsModules(): void {
  try {
    const { hookImports, instrumentations } = agentCode()
    patchesImports = hookImports(instrumentations.flatMap(({ patches = [] }) => patches))
    if (!patchesImports)
      log('warn', 'perfagent/esm patches ES modules by import-in-the-middle, which is not installed: npm install it')
  } catch (error) {
    log('warn', `import-in-the-middle cannot be used, 3 or newer is wanted: ${(error as Error).message}`)
  }
}

/** Sends what is left, ends the agent thread and records nothing more. */
export async function stop(): Promise<void> {
  const agent = global[KEY]
  Reflect.deleteProperty(globalThis, KEY)
  await agent?.stop()
}

/**
 * Changes options of the running agent: those that docs/configuration.md calls live. What cannot change is said once and ignored;
 * undefined takes back what an earlier call said. Holds from the next request on.
 */
export function configure(changes: Options): void {
  try {
    global[KEY]?.configure(changes)
  } catch (error) {
    log('error', `could not be configured: ${(error as Error).message}`)
  }
}

/** Resolves when every slow request that has ended so far is delivered, or given up after 10 s. */
export async function flush(): Promise<void> {
  await global[KEY]?.flush()
}

/**
 * Calls `hook` with each report; also with those of requests that still run when `running` is set. Returns its undo. A hook
 * that throws or rejects is logged.
 */
export function onSlowRequest(hook: SlowRequestHook): () => void
export function onSlowRequest(options: { running?: boolean }, hook: SlowRequestHook): () => void
export function onSlowRequest(first: SlowRequestHook | { running?: boolean }, second?: SlowRequestHook): () => void {
  const [options, hook] = typeof first === 'function' ? [{}, first] : [first, second]
  if (typeof hook !== 'function') return refuse('onSlowRequest', 'a function')
  const running = options?.running === true
  return onceStarted(agent => agent.onSlowRequest(hook, running))
}

/**
 * Calls `filter` with each report before it leaves: it may change it, return another, or return null to drop it. A filter
 * that throws drops the report. Returns its undo.
 */
export function beforeReport(filter: ReportFilter): () => void {
  if (typeof filter !== 'function') return refuse('beforeReport', 'a function')
  return onceStarted(agent => agent.beforeReport(filter))
}

/** Registers at once where an agent runs, else when it starts. Returns the undo. */
function onceStarted(register: (agent: Agent) => () => void): () => void {
  const agent = global[KEY]
  if (agent) return register(agent)
  if (isOff) return nothing
  let undo = (): void => void early.delete(give)
  const give = (agent: Agent): void => {
    undo = register(agent)
  }
  early.add(give)
  return () => undo()
}

/** Adds a fact to the current request's report (at most 32, texts up to 256 characters). */
export function annotate(key: string, value: string | number | boolean): void {
  if (typeof key !== 'string' || !isAnnotation(value)) {
    refuse('annotate', 'a name, and a text, a number or a boolean')
    return
  }
  global[KEY]?.annotate(key, value)
}

/** Times `fn` as an operation of the current request; returns what it returns. */
export function operation<Result>(name: string, fn: () => Result): Result {
  const end = global[KEY]?.begin(textOf(name))
  return end ? runToEnd(fn, end) : fn()
}

/**
 * Runs `fn` as a request of its own, where no server brings one: a job, a tick, a message. It is explained when it is slow, as
 * others are. `name` is its route: the same for all jobs of a kind. Returns what `fn` returns; a promise ends it.
 */
export function request<Result>(name: string, fn: () => Result): Result {
  const jobs = global[KEY]?.jobs
  if (!jobs) return fn()
  return runWork(jobs, { name: textOf(name) }, fn, undefined, []) as Result
}

const isAnnotation = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

const textOf = (name: unknown): string => (typeof name === 'string' ? name : typeof name)

const nothing = (): void => {}

const refused = new Set<string>()

/** Said once: it may be done at each request. */
function refuse(name: string, takes: string): () => void {
  if (!refused.has(name)) log('warn', `${name} takes ${takes}; it was called with something else and did nothing`)
  refused.add(name)
  return nothing
}
