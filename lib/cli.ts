#!/usr/bin/env node
// The command `perfagent`: finds the subcommand and hands over. A process of its own, in which no agent runs. What cannot be
// understood is one line on stderr and exit code 2.

import { parseArgs } from 'node:util'
import { type Command, CommandError } from './cli/command.js'
import { consoleCommand } from './cli/console.js'
import { doctor } from './cli/doctor.js'
import { fleet } from './cli/fleet.js'
import { kernelCommand } from './cli/kernel.js'
import { options } from './cli/options.js'
import { runCommand } from './cli/run.js'
import { tail } from './cli/tail.js'
import { ownVersion } from './place.js'
import { escapeControls } from './process/plain.js'

/** A new one is a file in lib/cli/ and a line here. */
const COMMANDS: Record<string, Command> = {
  console: consoleCommand,
  run: runCommand,
  tail,
  fleet,
  kernel: kernelCommand,
  doctor,
  options
}

const FAILED = 1
const NOT_UNDERSTOOD = 2

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has seen enough, as `head` does.
  if (error.code !== 'EPIPE') throw error
})
run(process.argv.slice(2)).then(code => {
  process.exitCode = code
})

async function run([name, ...rest]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') return print(help())
  if (name === '--version' || name === '-v') return print(ownVersion())
  if (!Object.hasOwn(COMMANDS, name)) {
    return refuse(`there is no command ${name}, but ${Object.keys(COMMANDS).join(', ')}`)
  }
  const command = COMMANDS[name]!
  if (asksForHelp(rest)) return print(`perfagent ${command.usage}\n    ${command.summary}`)
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      options: command.options,
      strict: true,
      allowPositionals: command.takesArguments === true
    })
    const result = await command.run(values, positionals)
    return typeof result === 'string' ? print(result) : result
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof CommandError) return refuse(`${name}: ${message}`, FAILED)
    if (!code?.startsWith('ERR_PARSE_ARGS_')) throw error
    // The rest of the message is advice for another kind of argument.
    return refuse(`${name}: ${message.split('. ')[0]}`)
  }
}

/** Behind `--` it is another program's to answer. */
function asksForHelp(args: string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? args.length : end).some(arg => arg === '--help' || arg === '-h')
}

function print(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

function refuse(reason: string, code = NOT_UNDERSTOOD): number {
  const hint = code === NOT_UNDERSTOOD ? '; see perfagent --help' : ''
  process.stderr.write(`perfagent: ${escapeControls(reason.slice(0, 500))}${hint}\n`)
  return code
}

function help(): string {
  const line = (usage: string, summary: string): string => `  perfagent ${usage}\n      ${summary}`
  return [
    'Says in one sentence, with proof, why each slow request of a Node.js service was slow.',
    '',
    '  node --require perfagent/register app.js',
    '',
    ...Object.values(COMMANDS).map(({ usage, summary }) => line(usage, summary)),
    line('--version', 'prints the version'),
    line('--help', 'prints this')
  ].join('\n')
}
