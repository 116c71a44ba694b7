// Looks at a program as it runs: `perfagent doctor -- node app.js`. The program is started with lib/doctor-inside.ts preloaded,
// watched until a server of it listens, and ended.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Seen } from '../doctor-inside.js'
import { environment, readConfig } from '../options/config.js'
import { entryFile } from '../place.js'
import { judgeBundle } from './bundle.js'
import { type Finding, note, ok, wrong } from './finding.js'
import { lastWords } from './last-words.js'
import { orLeave } from './leave.js'
import { judgeImports, judgeLibraries } from './libraries.js'

const LISTENS_WITHIN_MS = 30_000
const LOOKS_EVERY_MS = 100
const ENDS_WITHIN_MS = 5000
/** After SIGKILL, on a busy machine. */
const DIES_WITHIN_MS = 1000
/** An exception's stack, and what else its error has, stand behind its message. */
const KEPT_CHARS = 20_000

export const checkProgram = (command: string[]): Promise<Finding[]> => orLeave(leaving => lookAt(command, leaving))

async function lookAt([program, ...args]: string[], leaving: AbortSignal): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'perfagent-doctor-'))
  const preload = join(folder, 'preload.cjs')
  writeFileSync(preload, `require(${JSON.stringify(entryFile('doctor-inside.js'))}).watch(${JSON.stringify(folder)})\n`)
  const env = environment()
  const nodeOptions = [env['NODE_OPTIONS'], `--require "${preload.replace(/[\\"]/g, '\\$&')}"`]
    .filter(Boolean)
    .join(' ')
  const child = spawn(program!, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...env, NODE_OPTIONS: nodeOptions },
    // Whatever it starts is ended with it.
    detached: true
  })
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', text => {
    stderr = (stderr + text).slice(-KEPT_CHARS)
  })
  const failed = once(child, 'error').then(([error]) => (error as Error).message)
  try {
    if (child.pid === undefined)
      return [wrong('program', await failed, 'name a program: npx perfagent doctor -- node app.js')]
    const seen = await waitForListener(folder, child, leaving)
    const broke = !seen?.listens && child.exitCode !== 0
    return seen && !broke ? judge(seen) : [silent(stderr, child)]
  } finally {
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What was written by the first process that listens, else by the one that ended last. Rejects when it is to leave. */
async function waitForListener(folder: string, child: ChildProcess, signal: AbortSignal): Promise<Seen | undefined> {
  const until = performance.now() + LISTENS_WITHIN_MS
  for (; performance.now() < until; await pause(LOOKS_EVERY_MS, undefined, { signal })) {
    const seen = readAll(folder)
    const ended = child.exitCode !== null || child.signalCode !== null
    const found = seen.find(({ listens }) => listens) ?? (ended ? seen.at(-1) : undefined)
    if (found || ended) return found
  }
  return undefined
}

const readAll = (folder: string): Seen[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .flatMap(name => {
      try {
        return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as Seen]
      } catch {
        // It is being written.
        return []
      }
    })

function judge({ main, listens, agent, loadedBy, unstarted, otherAgents }: Seen): Finding[] {
  const program = listens
    ? ok('program', `${main} listens`)
    : note('program', `${main} ended without a server: perfagent does nothing in it`)
  const others = otherAgents.map(name =>
    note('other agents', `${name} is loaded too`, 'both cost; with an OpenTelemetry SDK see docs/opentelemetry.md')
  )
  if (!agent) {
    const mend = existsSync(join(process.cwd(), 'node_modules/perfagent'))
      ? 'node --require perfagent/register app.js, or NODE_OPTIONS="--require perfagent/register"'
      : 'npm install perfagent; then node --require perfagent/register app.js'
    const why = switchedOff() ?? unstarted ?? { said: 'perfagent is not in this program', mend }
    return [program, wrong('loading', why.said, why.mend), ...others]
  }
  const how = loadedBy === '' ? 'required by code' : `asked for by ${loadedBy}`
  return [
    program,
    ok('loading', `perfagent ${agent.version}, ${how}`),
    ...judgeLibraries(agent.loaded),
    ...judgeImports(agent.loaded, name => finds(main, name)),
    ...judgeBundle(main, agent.loaded),
    ...others
  ]
}

function switchedOff(): Seen['unstarted'] {
  const { config, sources } = readConfig({ env: environment() })
  if (config.enabled) return undefined
  return { said: `perfagent is switched off by ${sources.enabled}`, mend: `leave ${sources.enabled} out` }
}

function finds(main: string, name: string): boolean {
  try {
    return createRequire(pathToFileURL(main)).resolve(name) !== ''
  } catch {
    return false
  }
}

function silent(stderr: string, { exitCode, signalCode }: ChildProcess): Finding {
  const last = lastWords(stderr)
  const end = signalCode ?? exitCode
  const said =
    end === null
      ? `no server of it listened within ${LISTENS_WITHIN_MS / 1000} s`
      : `ended with ${end}${last ? `: ${last}` : ''}`
  return wrong('program', said, 'start it without the doctor, and look whether it gets as far as to listen')
}

/** With all that it has started: what is left of its group when it has ended itself, too. */
async function end({ pid, stderr }: ChildProcess): Promise<void> {
  if (pid === undefined) return
  signalGroup(pid, 'SIGTERM')
  if (!(await isGone(pid, ENDS_WITHIN_MS))) {
    signalGroup(pid, 'SIGKILL')
    await isGone(pid, DIES_WITHIN_MS)
  }
  // What has left the group may hold it for as long as it runs.
  stderr!.destroy()
}

/** Within that time. Who has ended still counts until it is reaped, which a container's first process may never do. */
async function isGone(leader: number, withinMs: number): Promise<boolean> {
  for (const until = performance.now() + withinMs; signalGroup(leader, 0); await pause(LOOKS_EVERY_MS)) {
    if (performance.now() >= until) return false
  }
  return true
}

/** False when there is nobody in it. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal)
  } catch {
    return false
  }
}
