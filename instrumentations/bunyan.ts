// Lines of bunyan, which makes a record of its own for each. Its main file is its only one, and that is not seen when an ES module
// imports it.

import { channel } from 'node:diagnostics_channel'
import { addToRecord, type Instrumentation, observeCalls, type TraceIds } from '../lib/hook/index.js'

const logged = channel('perfagent:bunyan:record')

interface Message {
  record: object
}

export const bunyan: Instrumentation = {
  name: 'bunyan',
  supports: 'lines of `bunyan` 1.8 and 2, by `require`',
  logs: [
    {
      channel: logged.name,
      add: ({ record }: Message, ids: TraceIds) => addToRecord(record, ids)
    }
  ],
  patches: [{ module: 'bunyan', file: 'lib/bunyan.js', versions: '>=1.8 <3', apply: patchLogger }]
}

function patchLogger(Logger: { prototype: object }): void {
  observeCalls(Logger.prototype, '_emit', 'bunyan', (_logger, [record]) => {
    if (logged.hasSubscribers && typeof record === 'object' && record !== null) logged.publish({ record })
  })
}
