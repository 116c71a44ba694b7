// What a file in lib/cli/ exports: one subcommand of `perfagent`, and how it fails.

import type { ParseArgsConfig } from 'node:util'

export interface Command {
  /** As in the help: `options [--json]`. */
  usage: string
  summary: string
  options: NonNullable<ParseArgsConfig['options']>
  /** Whether it takes more than options: `run -- node app.js`. */
  takesArguments?: true
  /**
   * Returns what goes to stdout, or, when it runs for a while and writes by itself, the exit code at the end. What it throws as
   * CommandError is shown to the user as one line.
   */
  run(values: Record<string, unknown>, args: string[]): string | Promise<number>
}

/** For the user: one line, exit code 1. */
export class CommandError extends Error {}
