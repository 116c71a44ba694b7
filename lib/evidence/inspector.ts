// The agent thread's window into the main thread: one inspector session, connected from the worker. The one door to
// node:inspector. Commands reach the main thread also while it is blocked in JavaScript (at V8's interrupt checks; 0.3–0.9 ms
// on Node 20–26); native code that checks no interrupts answers when it returns.
//
// While a person debugs the process, a breakpoint looks like a block: then nothing is asked. The session must be closed
// before the process ends, or Node 22–26 wait "for the debugger to disconnect".

import { type InspectorNotification, Session } from 'node:inspector'

/** Asks `Look` (lib/record/look.ts); 'debugger' when a person debugs. Text, not a function: it is compiled over there. */
const ASK = (call: string): string =>
  `process.getBuiltinModule('inspector').url() ? 'debugger' : globalThis[Symbol.for('perfagent')].look.${call}`

export interface MainThread {
  /** The answer of `look.<call>`, or undefined when it has none to give. */
  look(call: string): Promise<string | undefined>
  post(method: string, params?: object): Promise<unknown>
  on(event: string, handler: (params: never) => void): void
  disconnect(): void
}

const sessions = new Set<Session>()

/** Closes what is open, whoever uses it. */
export function hangUp(): void {
  for (const session of sessions) session.disconnect()
  sessions.clear()
}

/** Throws where the inspector is denied (permission model) or compiled out. */
export function connectToMainThread(): MainThread {
  const session = new Session()
  session.connectToMainThread()
  sessions.add(session)

  const post = (method: string, params: object = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (!sessions.has(session)) return reject(new Error('disconnected'))
      session.post(method, params, (error, result) => (error ? reject(error) : resolve(result)))
    })

  return {
    post,
    async look(call) {
      const answer = await post('Runtime.evaluate', { expression: ASK(call), returnByValue: true, silent: true })
      const { result, exceptionDetails } = answer as { result: { value?: unknown }; exceptionDetails?: object }
      if (exceptionDetails || result.value === 'debugger') return undefined
      return typeof result.value === 'string' ? result.value : ''
    },
    on(event, handler) {
      session.on(event, (message: InspectorNotification<object>) => handler(message.params as never))
    },
    disconnect() {
      if (sessions.delete(session)) session.disconnect()
    }
  }
}
