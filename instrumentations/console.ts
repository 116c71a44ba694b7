// Lines of the console: a line of JSON gets the ids as members, any other line as a text behind it.

import { channel } from 'node:diagnostics_channel'
import { addToJsonLine, type Instrumentation, type TraceIds, toText, wrapFunction } from '../lib/hook/index.js'

const logged = channel('perfagent:console:line')
const METHODS = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const

interface Message {
  args: unknown[]
}

export const consoleLines: Instrumentation = {
  name: 'console',
  supports: 'lines of `console`',
  logs: [
    {
      channel: logged.name,
      add(message: Message, ids: TraceIds) {
        const [first, ...others] = message.args
        const isJson = others.length === 0 && typeof first === 'string' && /^\{.*\}\s*$/s.test(first)
        message.args = isJson ? [addToJsonLine(first, ids)] : [...message.args, toText(ids)]
      }
    }
  ],
  patches: [{ module: 'node:console', versions: '>=20', apply: patchConsole }]
}

function patchConsole(console: object): void {
  for (const name of METHODS) {
    wrapFunction(
      console,
      name,
      write =>
        function (this: unknown, ...args: unknown[]) {
          if (!logged.hasSubscribers || args.length === 0) return write.apply(this, args)
          const message: Message = { args }
          logged.publish(message)
          return write.apply(this, message.args)
        }
    )
  }
}
