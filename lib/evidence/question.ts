// Asks a thread what lib/record/answers.ts answers. Agent thread. A question is text, not a function: it is compiled over there.

import type { Wire } from './inspector.js'

/** `call`: `probe()`. An expression, whose value is the answer. */
export const questionOf = (call: string): string => `globalThis[Symbol.for('perfagent')].answers.${call}`

interface Evaluated {
  result: { value?: unknown }
  /** It threw. */
  exceptionDetails?: object
}

/** Rejects where the thread does not get to it, or is stopped meanwhile. */
export const evaluate = async ({ post }: Pick<Wire, 'post'>, expression: string): Promise<Evaluated> =>
  (await post('Runtime.evaluate', { expression, returnByValue: true, silent: true })) as Evaluated
