// Lines of the console: a line of JSON gets the ids as members, any other line as a text behind it. No placeholder in the line may take that
// text as its value: `/caf%c3%a9` has one in it (`%c`), which is printed as it is as long as no argument comes after the line.

import { channel } from 'node:diagnostics_channel'
import { addToJsonLine, apply, type Instrumentation, type TraceIds, toText, wrapFunction } from '../lib/hook/index.js'

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
        if (typeof first !== 'string') message.args = [...message.args, toText(ids)]
        else if (others.length > 0) message.args = [withoutUnfilled(first, others.length), ...others, toText(ids)]
        else message.args = [JSON_LINE.test(first) ? addToJsonLine(first, ids) : `${first} ${toText(ids)}`]
      }
    }
  ],
  patches: [{ module: 'node:console', versions: '>=20', apply: patchConsole }]
}

const JSON_LINE = /^\{.*\}\s*$/s
/** Of util.format, which has no other from Node 20 to 26. */
const PLACEHOLDER = /%[sdifjoOc%]/g

/** The first so many placeholders are filled, the others become the text that they are printed as. */
function withoutUnfilled(text: string, filled: number): string {
  let seen = 0
  return text.replace(PLACEHOLDER, found => (found === '%%' || seen++ < filled ? found : `%${found}`))
}

function patchConsole(console: object): void {
  for (const name of METHODS) {
    wrapFunction(
      console,
      name,
      write =>
        function (this: unknown, ...args: unknown[]) {
          if (!logged.hasSubscribers || args.length === 0) return apply(write, this, args)
          const message: Message = { args }
          logged.publish(message)
          return apply(write, this, message.args)
        }
    )
  }
}
