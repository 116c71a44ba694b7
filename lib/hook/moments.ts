// Channels of the moments inside a call, where an instrumentation sees them itself. Main thread.

import { type Channel, channel } from 'node:diagnostics_channel'

/** By name, which is also what the operation's mark is called. */
export const createMoments = <Name extends string>(prefix: string, names: readonly Name[]): Record<Name, Channel> =>
  Object.fromEntries(names.map(name => [name, channel(`perfagent:${prefix}:${name}`)])) as Record<Name, Channel>

/** Channel → mark. */
export const marksOf = (moments: Record<string, Channel>): Record<Channel['name'], string> =>
  Object.fromEntries(Object.entries(moments).map(([mark, { name }]) => [name, mark]))
