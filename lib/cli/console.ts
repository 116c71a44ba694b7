// `perfagent console`: receives OTLP from any number of services and shows it on a page, until it is ended. With `--prometheus` the
// page's first screen is what the metrics engine of a fleet answers.

import { type Command, CommandError } from './command.js'
import { ENGINE_OPTIONS, engineOf } from './engine.js'
import { CONSOLE_OPTIONS, ended, openConsole } from './open-console.js'

export const consoleCommand: Command = {
  usage: 'console [--port N] [--data DIR] [--prometheus URL]',
  summary: 'receives OTLP on port 4318 and shows where the bottleneck is; also --host, --token, --max-mib',
  options: { ...CONSOLE_OPTIONS, ...ENGINE_OPTIONS },
  async run(values) {
    const alone = Object.keys(ENGINE_OPTIONS).find(name => values[name] !== undefined)
    if (alone && values['prometheus'] === undefined) throw new CommandError(`--${alone} is for --prometheus URL`)
    const console = await openConsole(values, alone ? { askFleet: engineOf(values) } : {})
    for (const note of console.notes) process.stderr.write(`perfagent: ${note}\n`)
    const header = console.token ? `, with the header authorization: Bearer ${console.token}` : ''
    process.stdout.write(`perfagent console: ${console.link}\n  takes OTLP/HTTP at ${console.url}${header}\n`)
    await ended()
    await console.close()
    return 0
  }
}
