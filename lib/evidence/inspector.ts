// The agent thread's windows into the application's threads: an inspector session for each, connected from here. The one door to
// node:inspector. Commands reach a thread also while it is blocked in JavaScript (at V8's interrupt checks; 0.3–0.9 ms
// on Node 20–26); native code that checks no interrupts answers when it returns.
//
// While a person debugs the process, a breakpoint looks like a block: then nothing is asked. The session must be closed
// before the process ends, or Node 22–26 wait "for the debugger to disconnect".

import { type InspectorNotification, Session } from 'node:inspector'
import { MAIN_THREAD } from '../process/schedstat.js'
import { evaluate, questionOf } from './question.js'
import { passStops } from './stops.js'

/** What is answered in place of a question while a person debugs. */
const DEBUGGER = 'debugger'
const unlessDebugged = (expression: string): string =>
  `process.getBuiltinModule('node:inspector').url() ? '${DEBUGGER}' : ${expression}`

/** A thread of the application under the inspector. */
export interface Inspected {
  /** Its answer (lib/record/answers.ts); undefined while a person debugs, and where it fails. */
  ask(call: string): Promise<string | undefined>
  post(method: string, params?: object): Promise<unknown>
  /** In place of the last handler of that event. */
  on(event: string, handler: (params: never) => void): void
  disconnect(): void
}

/** Commands and events of one thread, without what is asked by them. */
export type Wire = Omit<Inspected, 'ask'>

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
  withQuestions(passStops(wireToMainThread(), { isWorker: false, task: MAIN_THREAD }))

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

export const withQuestions = (wire: Wire): Inspected => ({
  ...wire,
  async ask(call) {
    const { result, exceptionDetails } = await evaluate(wire, unlessDebugged(questionOf(call)))
    if (exceptionDetails || result.value === DEBUGGER) return undefined
    return typeof result.value === 'string' ? result.value : ''
  }
})
