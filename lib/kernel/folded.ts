// Folded stacks, root first, as flame graph tools read them: `main;Builtins_JSEntry;JS:*hot 1234`. Samples and sleeps are never in
// one file: their numbers are microseconds of different things. Pure.

import type { KernelEvent } from './events.js'
import { SAMPLE_MS } from './on-cpu.js'
import { callName } from './syscalls.js'
import { plain } from './words.js'

export const FOLDED = ['on-cpu', 'off-cpu'] as const
export type FoldedKind = (typeof FOLDED)[number]

export function folded(events: KernelEvent[], kind: FoldedKind, threadName: (tid: number) => string): string[] {
  const sums = new Map<string, number>()
  for (const event of events) {
    const us = kind === 'on-cpu' ? onCpuUs(event) : offCpuUs(event)
    if (us === 0) continue
    const path = [threadName('tid' in event ? event.tid : 0), ...rootFirst(event)].map(clean).join(';')
    sums.set(path, (sums.get(path) ?? 0) + us)
  }
  return [...sums].map(([path, us]) => `${path} ${Math.round(us)}`)
}

const onCpuUs = (event: KernelEvent): number => (event.type === 'sample' ? SAMPLE_MS * 1000 : 0)
const offCpuUs = (event: KernelEvent): number => (event.type === 'sleep' ? (event.end - event.start) * 1000 : 0)

function rootFirst(event: KernelEvent): string[] {
  if (event.type === 'sample') return event.frames.toReversed()
  if (event.type !== 'sleep') return []
  const call = event.call >= 0 ? [callName(event.call)] : []
  return [...event.user.toReversed(), ...call, ...event.kernel.toReversed().map(frame => `${frame}_[k]`)]
}

/** A semicolon parts frames, a line feed parts stacks. */
const clean = (frame: string): string => plain(frame.replace(/;/g, ':').replace(/\s+/g, ' '))
