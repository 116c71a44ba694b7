// Lines of winston. A record may be the caller's own object, so what gets the ids is a copy, with its prototype and its symbols.

import { channel } from 'node:diagnostics_channel'
import { addToRecord, apply, type Instrumentation, type TraceIds, wrapFunction } from '../lib/hook/index.js'

const logged = channel('perfagent:winston:record')

interface Message {
  record: object
}

export const winston: Instrumentation = {
  name: 'winston',
  supports: 'lines of `winston` 3',
  logs: [
    {
      channel: logged.name,
      add(message: Message, ids: TraceIds) {
        message.record = Object.create(
          Object.getPrototypeOf(message.record),
          Object.getOwnPropertyDescriptors(message.record)
        )
        addToRecord(message.record, ids)
      }
    }
  ],
  patches: [{ module: 'winston', file: 'lib/winston/logger.js', versions: '>=3 <4', apply: patchLogger }]
}

function patchLogger(Logger: { prototype: object }): void {
  wrapFunction(
    Logger.prototype,
    'write',
    write =>
      function (this: unknown, ...args: unknown[]) {
        const record = args[0]
        if (logged.hasSubscribers && typeof record === 'object' && record !== null) {
          const message: Message = { record }
          logged.publish(message)
          args[0] = message.record
        }
        return apply(write, this, args)
      }
  )
}
