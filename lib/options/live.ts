// Options that change while the service runs: by `perfagent.configure`, by the config file as the agent thread sees it change, and by
// a console, whose words the agent thread brings. Main thread. A row of the option table says by `live` that it can change.
//
// Kept true: what is in force is what readConfig makes of all sources together, so it does not depend on the order in which they
// changed; and what is wrong leaves the last good value, with one warning.

import { isDeepStrictEqual } from 'node:util'
import { log } from '../process/log.js'
import type { OptionInForce } from '../types.js'
import {
  BY_CONSOLE,
  type Config,
  type Environment,
  isLive,
  NAMES,
  OPTIONS,
  type OptionName,
  type Options,
  printValue,
  type Reading,
  readConfig,
  readOptions,
  unknownNames,
  unreadLine
} from './config.js'
import { NO_OBJECT, parseConfigFile } from './file.js'
import { IN_FILE } from './said.js'

export interface Live {
  /** As `start`'s options; undefined takes back what an earlier call said. */
  configure(changes: unknown): void
  fileIs(text: string): void
  /** All that a console says of this process; what it says no more falls back. Returns what is wrong in it. */
  consoleIs(given: unknown): string[]
  inForce(): OptionInForce[]
}

export interface LiveSources {
  reading: Reading
  /** As it was at the start: the application may change its own. */
  env: Environment
}

/** A file that changes all the time is said often enough. */
const MAX_SAID = 100

/** `apply` is called with what is another now, when `config` has it. */
export function createLive({ reading, env }: LiveSources, apply: (changes: Partial<Config>) => void): Live {
  const { config, code } = reading
  const said = new Set<string>(reading.warnings)
  let configured: Options = {}
  let { file } = reading
  let byConsole: Options = {}
  /** Since the start perhaps, which has said so: the agent thread reads the same file again. */
  let isBroken = said.has(unreadLine(config.configFile, NO_OBJECT))

  function say(warnings: string[]): void {
    for (const warning of warnings) {
      if (said.has(warning) || said.size >= MAX_SAID) continue
      said.add(warning)
      log('warn', warning)
    }
  }

  function reread(byWhom?: typeof BY_CONSOLE): void {
    const now = readConfig({ env, code: { ...code, ...configured }, file, console: byConsole })
    reading.sources = now.sources
    const different = NAMES.filter(name => !isDeepStrictEqual(now.config[name], config[name]))
    say(different.filter(name => !isLive(name)).map(name => `${IN_FILE} ${name} changes with the next start`))
    const changed = different.filter(isLive)
    if (changed.length === 0) return
    const changes = Object.fromEntries(changed.map(name => [name, now.config[name]])) as Partial<Config>
    const printed = changed.map(name => `${name}=${printValue(name, now.config[name])}`).join(' ')
    // Said also where little is said, and before it may be that nothing is: somebody else than the service's owner may have done it.
    if (byWhom === BY_CONSOLE) log('warn', `changed by a console: ${printed}`)
    Object.assign(config, changes)
    apply(changes)
    if (byWhom !== BY_CONSOLE) log('info', `now ${printed}`)
  }

  return {
    configure(changes) {
      const warnings: string[] = []
      const { values } = readOptions(changes, 'option', warnings)
      warnings.push(...unknownNames(changes, 'option'))
      const fixed = (Object.keys(values) as OptionName[]).filter(name => !isLive(name))
      warnings.push(...fixed.map(name => `option ${name} cannot change while the service runs; it is ignored`))
      const filed = (Object.keys(values) as OptionName[]).filter(name => isLive(name) && Object.hasOwn(file, name))
      warnings.push(...filed.map(name => `option ${name} is what ${OPTIONS.configFile.env} says, whatever code says`))
      say(warnings)
      const taken = Object.entries(values).filter(([name]) => isLive(name as OptionName))
      configured = Object.fromEntries([
        ...Object.entries(configured).filter(([name]) => !isTakenBack(changes, name)),
        ...taken
      ])
      reread()
    },

    fileIs(text) {
      const read = parseConfigFile(text)
      const wasBroken = isBroken
      isBroken = 'problem' in read
      if ('problem' in read) {
        if (wasBroken) return
        say([`${OPTIONS.configFile.env} ${read.problem}; what it said before holds`])
        return
      }
      const warnings: string[] = []
      const { values, wrong } = readOptions(read.values, IN_FILE, warnings)
      say([...warnings, ...unknownNames(read.values, IN_FILE)])
      const before = Object.entries(file).filter(([name]) => wrong.includes(name as OptionName))
      file = { ...values, ...Object.fromEntries(before) }
      reread()
    },

    consoleIs(given) {
      const problems: string[] = []
      const { values, wrong } = readOptions(given, BY_CONSOLE, problems)
      problems.push(...unknownNames(given, BY_CONSOLE))
      const fixed = (Object.keys(values) as OptionName[]).filter(name => !isLive(name))
      problems.push(...fixed.map(name => `option ${name} cannot change while the service runs`))
      const before = Object.entries(byConsole).filter(([name]) => wrong.includes(name as OptionName))
      const taken = Object.entries(values).filter(([name]) => isLive(name as OptionName))
      byConsole = Object.fromEntries([...taken, ...before])
      reread(BY_CONSOLE)
      return problems
    },

    inForce: () =>
      NAMES.filter(name => isLive(name) || reading.sources[name] !== 'default').map(name => ({
        name,
        text: printValue(name, config[name]),
        source: reading.sources[name],
        live: isLive(name)
      }))
  }
}

/** Of an object that was read already. */
const isTakenBack = (changes: unknown, name: string): boolean =>
  typeof changes === 'object' &&
  changes !== null &&
  name in changes &&
  (changes as Record<string, unknown>)[name] === undefined
