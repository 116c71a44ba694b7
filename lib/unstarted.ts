// What is said where perfagent was loaded as if that started it, and nothing did: by `--require perfagent` or `import 'perfagent'`, without
// `/register`. Main thread. Decided when the first server listens, because whoever loads the API may start the agent after that; and a
// service that uses the API, and has the agent elsewhere or nowhere, is right and is told nothing.

import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { onListen } from './hook/listening.js'
import { environment, readConfig } from './options/config.js'
import { nodeFlags } from './options/node-flags.js'
import { log, setLogLevel } from './process/log.js'

export interface Unstarted {
  said: string
  mend: string
}

/** `isSettled`: there is an agent, or there is to be none. */
export function sayIfNothingStarts(isSettled: () => boolean): void {
  const stopLooking = onListen(() => {
    stopLooking()
    try {
      if (!isSettled()) say()
    } catch {}
  })
}

function say(): void {
  const { enabled, logLevel } = readConfig({ env: environment() }).config
  const found = enabled && meantToStart()
  if (!found) return
  setLogLevel(logLevel)
  log('warn', `${found.said}: ${found.mend}`)
}

/** Undefined where nothing shows that it was meant so: options in the environment may be there for where the agent is. */
export function meantToStart(): Unstarted | undefined {
  const flag = preloadedBy(nodeFlags())
  if (flag)
    return { said: `${flag} perfagent loads the API and starts nothing`, mend: `write ${flag} perfagent/register` }
  const main = process.argv[1] ?? ''
  const statement = bareImport(textOf(main))
  if (!statement) return undefined
  const mend = `write ${statement.replace('perfagent', 'perfagent/register')} as its first line`
  return { said: `${statement} in ${basename(main)} loads the API and starts nothing`, mend }
}

/** The package itself, by its name or by its path. */
const PACKAGE = /(?:^|[\\/])perfagent(?:[\\/]dist[\\/]index\.js)?$/

function preloadedBy(flags: string[]): string | undefined {
  const words = flags.flatMap(flag => flag.split('='))
  return words.find((word, i) => PRELOADS.includes(word) && PACKAGE.test(unquoted(words[i + 1] ?? '')))
}

const PRELOADS = ['--require', '-r', '--import']

const unquoted = (word: string): string => word.replaceAll('"', '')

/** They bind no name, so they have no other purpose. */
const BARE = ["'", '"'].flatMap(quote => {
  const name = `${quote}perfagent${quote}`
  return [`import ${name}`, `require(${name})`]
})

function bareImport(text: string): string | undefined {
  const lines = text.split('\n').map(line => line.trim())
  return BARE.find(statement => lines.some(line => line === statement || line.startsWith(`${statement};`)))
}

/** A main file that is larger is a bundle, in which no import is left. */
const MAX_BYTES = 1_000_000

/** '' when it cannot be read. */
function textOf(file: string): string {
  try {
    return statSync(file).size > MAX_BYTES ? '' : readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
