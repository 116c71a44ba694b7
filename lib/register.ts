// The entry for `--require`, `--import` and a first-line `require`: starts the agent with the environment's options. Main
// thread and workers, which inherit NODE_OPTIONS and join the main thread's agent. On a Node that is too old it says so in one line
// and the application runs untouched, so nothing else is loaded before that is known.

import { isMainThread, parentPort, resourceLimits } from 'node:worker_threads'
import { flawFixedIn, isSupported } from './process/node-version.js'

const LEAST_HEAP_MB = 16

const say = (text: string): unknown => process.stderr.write(`[perfagent] ${text}\n`)

if (!isSupported()) {
  say(`needs Node 20.19 or newer and does nothing on ${process.version}`)
} else if (isMainThread ? !startsTheService() : isOfTheApplication()) {
  const fixed = isMainThread && flawFixedIn()
  // Whatever uses AsyncLocalStorage brings the flaw about, and the agent does.
  if (fixed) {
    say(`${process.version} ends the process at a stack overflow that is caught (CVE-2025-59466): update to ${fixed}`)
  }
  const { start } = require('./main.js') as typeof import('./main.js')
  start()
} else if (isLoader()) say('--loader starts nothing: write --import perfagent/register in its place')

/** Node's own thread for loader hooks inherits NODE_OPTIONS too (Node 20 to 26), and has nobody to talk to. */
function isOfTheApplication(): boolean {
  return parentPort !== null && hasRoom()
}

/**
 * What a worker loads of perfagent once it is needed there takes 1.5 to 3 MB of its heap (Node 20 and 24). On Node 24 a worker with 8 MB
 * (`resourceLimits`) runs without perfagent, and would end with it. Nothing is said of it, because each of many workers would say it.
 */
function hasRoom(): boolean {
  return (resourceLimits.maxOldGenerationSizeMb ?? LEAST_HEAP_MB) >= LEAST_HEAP_MB
}

function isLoader(): boolean {
  if (isMainThread) return false
  const words = process.execArgv.flatMap(flag => flag.split('='))
  const entry = /\bperfagent(?:[\\/](?:dist[\\/])?(?:register|esm)\b|$)/
  return words.some((word, i) => /^--(?:experimental-)?loader$/.test(word) && entry.test(words[i + 1] ?? ''))
}

/**
 * Package managers and our own commands only start the service, as a process of its own with the same NODE_OPTIONS. That one loads the
 * agent, and says what is wrong.
 */
function startsTheService(): boolean {
  const managers =
    /[\\/](?:\.?bin|dist|releases)[\\/](?:npm|npx|pnpm|pnpx|corepack|yarn)(?:-cli|-\d[\w.-]*)?(?:\.c?js)?$/
  const file = process.argv[1] ?? ''
  return managers.test(file) || /[\\/](?:\.bin[\\/]perfagent|perfagent[\\/]dist[\\/]cli\.js)$/.test(file)
}
