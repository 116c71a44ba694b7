// Words for what stood before a call on its own connection. Pure.

import type { AheadCall, Culprit } from '../../types.js'
import type { Facts } from '../facts.js'
import { targetOf } from '../names.js'
import { sentAt, turnOf, type Wait } from '../waits.js'
import { duration, ITSELF, OUTSIDE, plural, requestName } from '../words.js'

/** `KEYS of GET /report`. */
export function sayAhead(call: AheadCall, { nameOf, timeline }: Facts): string {
  const { request } = call
  const whose = request ? (request.id === timeline.id ? ITSELF : requestName(request)) : OUTSIDE
  return `${nameOf(call).label} of ${whose}`
}

/** A client without a pool is a pool of one: why its connection was not free. */
export function sayBusyConnection(wait: Wait, ms: number, others: number, facts: Facts): string {
  const { operation, name } = wait
  const isKept = operation.marks?.['queued'] !== undefined
  const many = others > 0 ? ` and ${plural(others, 'other call')}` : ''
  const connection = isKept ? 'its client has one connection' : 'its connection answers in order'
  return `before ${name.label}${many} could be ${isKept ? 'sent' : 'answered'}: ${connection}, and ${sayBefore(wait, ms, facts)}`
}

function sayBefore(wait: Wait, ms: number, facts: Facts): string {
  const call = aheadIn(wait)
  if (!call) return `other ${wait.operation.kind === 'cache' ? 'commands' : 'statements'} were before it`
  const whose = sayAhead(call, facts)
  const said = call.givenUp ? `${whose}, which its client has given up,` : whose
  if (call.blocking) return `${said}, which waits on purpose, was before it`
  if (Number.isNaN(call.end)) return `${said} was before it, which has not been answered yet`
  // Its client may send the next one before it tells the end of this.
  const callMs = Math.min(call.end, turnOf(wait)) - Math.max(call.start, sentAt(wait))
  return `${said} was before it, for ${duration(Math.min(callMs, ms))} of that`
}

/** What was over before the wait began delayed it by nothing: the request had another call before it. */
function aheadIn(wait: Wait): AheadCall | undefined {
  const call = wait.operation.ahead?.call
  return call && !(call.end <= wait.start) && call.start < turnOf(wait) ? call : undefined
}

export function culpritBefore(wait: Wait, { nameOf }: Facts): Culprit | undefined {
  const call = aheadIn(wait)
  if (!call) return undefined
  const { text, name } = nameOf(call)
  const { request } = call
  return {
    statement: text || name,
    target: targetOf(call),
    ...(request && { route: requestName(request), traceId: request.traceId })
  }
}
