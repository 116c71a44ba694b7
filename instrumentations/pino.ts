// Lines of pino. The finished line gets the ids: the objects that were logged are the application's, and formatters, serializers
// and redaction have done their work.

import { channel } from 'node:diagnostics_channel'
import { addToJsonLine, apply, type Instrumentation, type TraceIds, wrapFunction } from '../lib/hook/index.js'

const logged = channel('perfagent:pino:line')

interface Message {
  line: string
}

export const pino: Instrumentation = {
  name: 'pino',
  supports: 'lines of `pino` 6 to 10',
  logs: [
    {
      channel: logged.name,
      add(message: Message, ids: TraceIds) {
        message.line = addToJsonLine(message.line, ids)
      }
    }
  ],
  patches: [{ module: 'pino', file: 'lib/tools.js', versions: '>=6 <11', apply: patchTools }]
}

function patchTools(tools: object): void {
  wrapFunction(
    tools,
    'asJson',
    asJson =>
      function (this: unknown, ...args: unknown[]) {
        const line = apply(asJson, this, args)
        if (!logged.hasSubscribers || typeof line !== 'string') return line
        const message: Message = { line }
        logged.publish(message)
        return message.line
      }
  )
}
