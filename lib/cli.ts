#!/usr/bin/env node
// The command `perfagent`: finds the subcommand and hands over. A process of its own, in which no agent runs. What cannot be
// understood is one line on stderr and exit code 2.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Command } from './cli/command.js'
import { options } from './cli/options.js'
import { escapeControls } from './log.js'

/** A new one is a file in lib/cli/ and a line here. */
const COMMANDS: Record<string, Command> = { options }

const NOT_UNDERSTOOD = 2

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has seen enough, as `head` does.
  if (error.code !== 'EPIPE') throw error
})
process.exitCode = run(process.argv.slice(2))

function run([name, ...rest]: string[]): number {
  if (name === undefined || name === '--help' || name === '-h') return print(help())
  if (name === '--version' || name === '-v') return print(version())
  if (!Object.hasOwn(COMMANDS, name)) {
    return refuse(`there is no command ${name}, but ${Object.keys(COMMANDS).join(', ')}`)
  }
  const command = COMMANDS[name]!
  try {
    const { values } = parseArgs({ args: rest, options: command.options, strict: true })
    return print(command.run(values))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (!code?.startsWith('ERR_PARSE_ARGS_')) throw error
    // The rest of the message is advice for another kind of argument.
    return refuse(`${name}: ${message.split('. ')[0]}`)
  }
}

function print(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

function refuse(reason: string): number {
  process.stderr.write(`perfagent: ${escapeControls(reason.slice(0, 500))}; see perfagent --help\n`)
  return NOT_UNDERSTOOD
}

function help(): string {
  const usages = Object.values(COMMANDS).map(({ usage, summary }) => `  perfagent ${usage.padEnd(20)} ${summary}`)
  return [
    'Says in one sentence, with proof, why each slow request of a Node.js service was slow.',
    '',
    '  node --require perfagent/register app.js',
    '',
    ...usages,
    `  perfagent ${'--version'.padEnd(20)} prints the version`,
    `  perfagent ${'--help'.padEnd(20)} prints this`
  ].join('\n')
}

function version(): string {
  return JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')).version
}
