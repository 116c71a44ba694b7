// Child processes, from their start to their 'close'. Node (20 to 26) publishes that one was made, before it is started and without
// what runs in it; `tracing:child_process.spawn` (24) tells that, and not the end. So with the first that a request makes, the
// methods by which each is started and tells its end are watched. Nothing is loaded or replaced before.
//
// Only the name of the program is told, of a shell's script those of its programs: arguments are full of names and secrets. `spawnSync`
// and its kind hold the main thread, where samples find them.

import { channel } from 'node:diagnostics_channel'
import { apply, type Instrumentation, observeEvents, wrapFunction } from '../lib/hook/index.js'

const spawned = channel('perfagent:child_process:spawn')
const failed = channel('perfagent:child_process:error')
const closed = channel('perfagent:child_process:close')

/** What is read of ChildProcess. */
interface Child {
  pid?: number
  exitCode: number | null
  signalCode: string | null
}

/** What it is started with. A shell is given its command last. */
interface SpawnOptions {
  file?: unknown
  args?: unknown
}

interface Message {
  child: Child
  options?: SpawnOptions
}

export const childProcess: Instrumentation = {
  name: 'child_process',
  supports: 'programs started by `node:child_process`, but for `spawnSync` and its kind',
  operations: [
    {
      start: 'child_process',
      end: [],
      key: ({ process }: { process: object }) => process,
      describe({ process }: { process: object }) {
        watch(Object.getPrototypeOf(process))
        return undefined
      }
    },
    {
      start: spawned.name,
      end: [closed.name],
      error: failed.name,
      key: ({ child }: Message) => child,
      describe: ({ options }: Message) => ({ kind: 'process', system: 'process', text: programOf(options) })
    }
  ]
}

const watched = new WeakSet<object>()

function watch(prototype: object): void {
  if (watched.has(prototype)) return
  watched.add(prototype)
  wrapFunction(
    prototype,
    'spawn',
    spawn =>
      function (this: unknown, ...args: unknown[]) {
        const child = this as Child
        if (!spawned.hasSubscribers) return apply(spawn, this, args)
        spawned.publish({ child, options: args[0] })
        try {
          return apply(spawn, this, args)
        } catch (error) {
          failed.publish({ child, error })
          throw error
        }
      }
  )
  observeEvents(prototype, 'child_process', {
    error(self) {
      const child = self as Child
      // Else it runs, and another thing has failed: a message to it, or a signal.
      if (child.pid === undefined) failed.publish({ child, error: 'it could not be started' })
    },
    close(self) {
      const child = self as Child
      const error = failureOf(child)
      closed.publish(error === undefined ? { child } : { child, error })
    }
  })
}

const failureOf = ({ exitCode, signalCode }: Child): string | undefined =>
  signalCode ? `ended by ${signalCode}` : exitCode ? `ended with ${exitCode}` : undefined

const SHELL = /^(?:ba|da|z|k)?sh$/
/** A word that is neither quoted nor `NAME=value`. */
const PROGRAM = /^[\w./+-]{1,200}(?=[\s;&|]|$)/
/** Plain words, and what ends a command. No `<`: the lines of a here-document are none of commands. */
const PLAIN = /^[\w./+:=~$*?,@%>-]+(?: +(?:\d?>&\d|[\w./+:=~$*?,@%>-]+))*[^\S\n]*(?:(&&|\|\||[;&|\n])\s*|$)/
/** What a shell does itself, in no time. */
const OF_THE_SHELL = /^(?:cd|set|export|unset|umask|ulimit|trap|source|true|\.|:|echo|printf|exit)$/
/** What begins a loop or a condition, or runs what its words say. */
const NO_PROGRAM = /^(?:eval|read|test|wait|for|while|until|if|case|do|then|done|fi|function)$/
const PREFIX = /^(?:exec|time|nohup)\s+/
/** So many programs of one shell are named, of so much of its script. */
const NAMED = 3
const READ_CHARS = 2000
const SCRIPT = /\.[cm]?[jt]s$/

function programOf({ file, args }: SpawnOptions = {}): string {
  const name = typeof file === 'string' ? basename(file) : 'program'
  const given = Array.isArray(args) ? args.filter(each => typeof each === 'string') : []
  if (SHELL.test(name) && given.at(-2) === '-c') {
    return programsOf(given.at(-1)!) || name
  }
  const script = /^node(?:\.exe)?$/.test(name) ? given.slice(1).find(each => SCRIPT.test(each)) : undefined
  return script === undefined ? name : `${name} ${basename(script)}`
}

/**
 * Which of them took its time is not known, so all are named: `ls | wc`. Past a quote nothing is looked for: what stands in it may be
 * secret.
 */
function programsOf(script: string): string {
  let left = script.slice(0, READ_CHARS).trim()
  let told = ''
  let separator = ''
  for (let named = 0; left !== ''; ) {
    left = left.replace(PREFIX, '')
    const program = PROGRAM.exec(left)?.[0]
    if (program === undefined || NO_PROGRAM.test(program) || named === NAMED) return told && `${told}${separator}…`
    if (!OF_THE_SHELL.test(program)) {
      told += `${separator}${basename(program)}`
      named++
    }
    const command = PLAIN.exec(left)
    if (!command) return told
    if (told) separator = SAID[command[1] ?? ''] ?? ` ${command[1]} `
    left = left.slice(command[0].length)
  }
  return told
}

const SAID: Record<string, string> = { ';': '; ', '\n': '; ' }

const basename = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
