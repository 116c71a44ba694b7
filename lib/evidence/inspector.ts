// The agent thread's windows into the application's threads: an inspector session for each, connected from here. The one door to
// node:inspector. Commands reach a thread also while it is blocked in JavaScript (at V8's interrupt checks; 0.3–0.9 ms
// on Node 20–26); native code that checks no interrupts answers when it returns.
//
// While a person debugs the process, a breakpoint looks like a block: then nothing is asked. The session must be closed
// before the process ends, or Node 22–26 wait "for the debugger to disconnect".

import { type InspectorNotification, Session } from 'node:inspector'
import { MAIN_THREAD } from '../process/schedstat.js'
import { passStops } from './stops.js'

/** Asks `Look` (lib/record/look.ts); 'debugger' when a person debugs. Text, not a function: it is compiled over there. */
const ASK = (call: string): string =>
  `process.getBuiltinModule('node:inspector').url() ? 'debugger' : globalThis[Symbol.for('perfagent')].look.${call}`

/** A thread of the application under the inspector. */
export interface Inspected {
  /** The answer of `look.<call>`, or undefined when it has none to give. */
  look(call: string): Promise<string | undefined>
  post(method: string, params?: object): Promise<unknown>
  /** In place of the last handler of that event. */
  on(event: string, handler: (params: never) => void): void
  disconnect(): void
}

/** Commands and events of one thread, without what is asked by them. */
export type Wire = Omit<Inspected, 'look'>

const sessions = new Set<Session>()
let leaving = false

/** Closes what is open, whoever uses it. From then on nothing is opened, unless the process stays. */
export function hangUp(): void {
  leaving = true
  for (const session of sessions) session.disconnect()
  sessions.clear()
}

/** The process has not ended. */
export function pickUp(): void {
  leaving = false
}

export const connectToMainThread = (): Inspected =>
  withLook(passStops(wireToMainThread(), { isWorker: false, task: MAIN_THREAD }))

/** Throws where the inspector is denied (permission model) or compiled out, and when the process ends. */
export function wireToMainThread(): Wire {
  if (leaving) throw new Error('the process ends')
  const session = new Session()
  session.connectToMainThread()
  sessions.add(session)
  return {
    post: (method, params = {}) =>
      new Promise((resolve, reject) => {
        if (!sessions.has(session)) return reject(new Error('disconnected'))
        session.post(method, params, (error, result) => (error ? reject(error) : resolve(result)))
      }),
    on(event, handler) {
      session.removeAllListeners(event)
      session.on(event, (message: InspectorNotification<object>) => handler(message.params as never))
    },
    disconnect() {
      if (sessions.delete(session)) session.disconnect()
    }
  }
}

export const withLook = (wire: Wire): Inspected => ({
  ...wire,
  async look(call) {
    const answer = await wire.post('Runtime.evaluate', { expression: ASK(call), returnByValue: true, silent: true })
    const { result, exceptionDetails } = answer as { result: { value?: unknown }; exceptionDetails?: object }
    if (exceptionDetails || result.value === 'debugger') return undefined
    return typeof result.value === 'string' ? result.value : ''
  }
})
