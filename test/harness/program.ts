// Child processes of tests: plain programs run by Node, with the agent preloaded or without it. None outlives the test that
// started it, or, when a `before` hook did, the run.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

export const ROOT = path.join(__dirname, '../../..')
export const APPS = path.join(ROOT, 'test/apps')
/** The entry of the agent, as built. */
export const REGISTER = path.join(ROOT, 'dist/register.js')
/** The same of one file for each source, whose parts test/harness/faults.ts can replace. */
export const REGISTER_IN_PARTS = path.join(ROOT, 'dist/lib/register.js')
/** The entry that patches ES modules too. */
export const ESM = path.join(ROOT, 'dist/esm.js')
/** What stands in for it where only the hooks are looked at. */
export const RECORDER = path.join(ROOT, 'dist/test/harness/recorder.js')

/** The Node that runs the programs under test; that of the tests unless PERFAGENT_TEST_NODE names another. */
export const NODE = process.env['PERFAGENT_TEST_NODE'] ?? process.execPath

export interface ProgramOptions {
  /** Added to the environment. Ours is passed on without what would configure the agent. */
  env?: Record<string, string | undefined>
  /** Arguments of the program. */
  args?: string[]
  /** Options of Node, before the program. */
  nodeArgs?: string[]
  /** How the agent gets in. By default `--import` for an ES module, else `--require`. */
  preload?: 'require' | 'import' | 'none'
  node?: string
  /** By default this repository. */
  cwd?: string
}

export interface Outcome {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  durationMs: number
}

export interface Program {
  child: ChildProcess
  /** As far as they have come. */
  output: { stdout: string; stderr: string }
  outcome: Promise<Outcome>
}

/** Starts a file of test/apps (or an absolute path, or `-e` code in `nodeArgs` with no file). */
export function startProgram(file: string | undefined, options: ProgramOptions = {}): Program {
  const { env, args = [], nodeArgs = [], node = NODE, cwd = ROOT } = options
  const preload = options.preload ?? (file?.endsWith('.mjs') ? 'import' : 'require')
  const agent = { none: [], require: ['--require', REGISTER], import: ['--import', pathToFileURL(REGISTER).href] }[
    preload
  ]
  const target = file === undefined ? [] : [path.resolve(APPS, file)]
  const began = performance.now()
  const child = spawn(node, [...agent, ...nodeArgs, ...target, ...args], {
    cwd,
    env: { ...inherited(), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc']
  })
  running.add(child)

  const output = { stdout: '', stderr: '' }
  const collect = (name: 'stdout' | 'stderr'): Promise<unknown> => {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
    return once(child[name]!, 'close')
  }
  // Not `close`: Node 20 does not emit it when the parent disconnected first.
  const outcome = Promise.all([once(child, 'exit'), collect('stdout'), collect('stderr')]).then(([[code, signal]]) => {
    running.delete(child)
    return { code, signal, ...output, durationMs: performance.now() - began }
  })
  return { child, output, outcome }
}

/** Waits until it has printed that. Rejects with all that it said when it ends without. */
export function printed({ child, output, outcome }: Program, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const said = (): string => output.stdout + output.stderr
    const look = (): void => {
      const found = pattern.exec(said())
      if (found) resolve(found)
    }
    child.stdout!.on('data', look)
    child.stderr!.on('data', look)
    outcome.then(({ code, signal }) => {
      look()
      reject(new Error(`it ended with ${signal ?? code} and did not say ${pattern}:\n${said()}`))
    }, reject)
    look()
  })
}

/** Runs a program to its end. */
export function runProgram(file: string | undefined, options?: ProgramOptions): Promise<Outcome> {
  const { child, outcome } = startProgram(file, options)
  child.disconnect()
  return outcome
}

function inherited(): NodeJS.ProcessEnv {
  const ours = /^(PERFAGENT_|OTEL_|NODE_OPTIONS$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)))
}

const running = new Set<ChildProcess>()
let beforeThisTest = new Set<ChildProcess>()

beforeEach(() => {
  beforeThisTest = new Set(running)
})
afterEach(() => {
  for (const child of running) if (!beforeThisTest.has(child)) child.kill('SIGKILL')
})
after(() => {
  for (const child of running) child.kill('SIGKILL')
})
