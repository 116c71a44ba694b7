// What the doctor sees from inside a program: preloaded into it, it writes one file when the first server listens, or when the
// program ends without one. Main thread of the program; adds no listener but of diagnostics channels and 'exit'.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { Agent } from './agent.js'
import { onListen } from './hook/listening.js'
import { environment } from './options/config.js'
import { entryFile } from './place.js'
import { meantToStart, type Unstarted } from './unstarted.js'

export interface Seen {
  pid: number
  main: string
  listens: boolean
  agent: Pick<Agent, 'version' | 'loaded'> | null
  /** How it was asked for on the command line; '' when code did. */
  loadedBy: string
  /** Why there is no agent, where that can be known. */
  unstarted: Unstarted | undefined
  otherAgents: string[]
}

const START = 'node --require perfagent/register app.js does'

const OTHER_AGENTS = [
  'dd-trace',
  'newrelic',
  'elastic-apm-node',
  '@elastic/opentelemetry-node',
  '@sentry/node',
  '@opentelemetry/sdk-node',
  '@opentelemetry/auto-instrumentations-node',
  '@splunk/otel',
  'applicationinsights',
  'appdynamics'
]
/** A program goes on loading what it needs after its server listens. */
const SETTLES_MS = 1000

export function watch(folder: string): void {
  if (!isMainThread) return
  let written = false
  const write = (listens: boolean): void => {
    if (written) return
    written = true
    writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(look(listens)))
  }
  onListen(() => setTimeout(write, SETTLES_MS, true).unref())
  process.on('exit', () => write(false))
}

function look(listens: boolean): Seen {
  const agent = (globalThis as { [key: symbol]: Agent | undefined })[Symbol.for('perfagent')]
  return {
    pid: process.pid,
    main: process.argv[1] ?? '',
    listens,
    agent: agent ? { version: agent.version, loaded: agent.loaded } : null,
    loadedBy: askedBy(),
    unstarted: agent ? undefined : (behindTheProgram() ?? apiAlone()),
    otherAgents: OTHER_AGENTS.filter(isLoaded)
  }
}

function askedBy(): string {
  const asks = (text: string): boolean =>
    /perfagent\S*(?:register|esm)\b/.test(text) || text.includes(entryFile('register.js'))
  if (asks(environment()['NODE_OPTIONS'] ?? '')) return 'NODE_OPTIONS'
  return asks(process.execArgv.join(' ')) ? 'the command line' : ''
}

/** Flags there are the program's, not Node's. */
function behindTheProgram(): Unstarted | undefined {
  const [, program = '', ...args] = process.argv
  const at = args.findIndex(arg => /^(?:-r|--require|--import)(?:=|$)/.test(arg))
  if (at === -1 || !/\bperfagent\b/.test(args.slice(at, at + 2).join(' '))) return undefined
  return { said: `${args[at]} stands behind ${program}, which gets it in place of Node`, mend: `write ${START}` }
}

function apiAlone(): Unstarted | undefined {
  if (!isLoaded('perfagent') && require.cache[entryFile('index.js')] === undefined) return undefined
  const api = { said: 'perfagent is loaded for its API, and nothing starts it', mend: START }
  return meantToStart() ?? api
}

const isLoaded = (name: string): boolean =>
  Object.keys(require.cache).some(file => file.replaceAll('\\', '/').includes(`/node_modules/${name}/`))
