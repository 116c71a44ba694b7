// What a file in lib/cli/ exports: one subcommand of `perfagent`. Types only.

import type { ParseArgsConfig } from 'node:util'

export interface Command {
  /** As in the help: `options [--json]`. */
  usage: string
  summary: string
  options: NonNullable<ParseArgsConfig['options']>
  /** Returns what goes to stdout. */
  run(values: Record<string, unknown>): string
}
