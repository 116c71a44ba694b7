// `perfagent console`: receives OTLP from any number of services and shows it on a page, until it is ended.

import type { Command } from './command.js'
import { CONSOLE_OPTIONS, ended, openConsole } from './open-console.js'

export const consoleCommand: Command = {
  usage: 'console [--port N] [--data DIR]',
  summary: 'receives OTLP on port 4318 and shows where the bottleneck is; also --host, --token, --max-mib',
  options: CONSOLE_OPTIONS,
  async run(values) {
    const console = await openConsole(values)
    for (const note of console.notes) process.stderr.write(`perfagent: ${note}\n`)
    const header = console.token ? `, with the header authorization: Bearer ${console.token}` : ''
    process.stdout.write(`perfagent console: ${console.link}\n  takes OTLP/HTTP at ${console.url}${header}\n`)
    await ended()
    await console.close()
    return 0
  }
}
