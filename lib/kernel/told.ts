// What a console is told of one slow request: findings, strips on the request's own axis of time, and flame graphs of where its
// process ran and where it slept. Pure. Bounded: the longest parts are kept.

import type { Frame, KernelTold, KernelStack as Stack, KernelStrip as Strip } from '../types.js'
import { endOf, type KernelEvent, startOf } from './events.js'
import { SAMPLE_MS } from './on-cpu.js'
import { ioName } from './probes/disk.js'
import { placeOf, reasonOf } from './probes/off-cpu.js'
import type { SlowRequest } from './session.js'
import { callName } from './syscalls.js'
import { detailOf } from './text.js'
import { bytes } from './words.js'

const MAX_PARTS = 300
const MAX_STACKS = 500

export interface Subject extends SlowRequest {
  pid: number
}

export function told(subject: Subject): KernelTold {
  const { report, findings, events, start, end, threadName } = subject
  return {
    version: 1,
    findings: detailOf(report, findings).map(({ kind, ms, sentence }) => ({ kind, ms, sentence })),
    strips: STRIPS.map(({ name, part }) => ({ name, parts: partsOf(subject, part) })).filter(
      ({ parts }) => parts.length > 0
    ),
    onCpu: stacksOf(events, event =>
      event.type === 'sample' ? { names: [...event.frames, threadName(event.tid)], ms: SAMPLE_MS } : undefined
    ),
    offCpu: stacksOf(events, event => {
      if (event.type !== 'sleep') return undefined
      const call = event.call >= 0 ? [callName(event.call)] : []
      const names = [...event.kernel, ...call, ...event.user, threadName(event.tid)]
      return { names, ms: Math.min(event.end, end) - Math.max(event.start, start) }
    })
  }
}

type Part = (event: KernelEvent, subject: Subject) => string | undefined

/** A title for an event that belongs into the strip. */
const STRIPS: { name: string; part: Part }[] = [
  {
    name: 'main thread slept',
    part: (event, { pid }) =>
      event.type === 'sleep' && event.tid === pid ? `${reasonOf(event)} ← ${placeOf(event)}` : undefined
  },
  {
    name: 'main thread waited for a CPU',
    part: (event, { pid }) => (event.type === 'queued' && event.tid === pid ? 'could run and did not' : undefined)
  },
  {
    name: 'others ran there',
    part: event => (event.type === 'ran' ? `${event.comm} (pid ${event.pid})` : undefined)
  },
  {
    name: 'slow calls of other threads',
    part: (event, { pid, threadName }) =>
      event.type === 'call' && event.tid !== pid
        ? `${threadName(event.tid)}: ${callName(event.call)} ${event.peer ?? event.file ?? ''}`
        : undefined
  },
  {
    name: 'disk',
    part: event => (event.type === 'io' ? `${ioName(event.flags)} of ${bytes(event.bytes)}` : undefined)
  },
  {
    name: 'page faults',
    part: (event, { threadName }) => (event.type === 'fault' ? threadName(event.tid) : undefined)
  },
  {
    name: 'TCP',
    part: event => (event.type === 'tcp' ? `${event.sign} ${event.peer}` : undefined)
  }
]

function partsOf(subject: Subject, part: Part): Strip['parts'] {
  return subject.events
    .flatMap(event => {
      const title = part(event, subject)
      if (title === undefined) return []
      const startMs = Math.max(0, startOf(event) - subject.start)
      return [{ startMs, durationMs: Math.min(endOf(event), subject.end) - subject.start - startMs, title }]
    })
    .sort((a, b) => b.durationMs - a.durationMs)
    .slice(0, MAX_PARTS)
}

function stacksOf(
  events: KernelEvent[],
  read: (event: KernelEvent) => { names: string[]; ms: number } | undefined
): Stack[] {
  const stacks = new Map<string, Stack>()
  for (const event of events) {
    const found = read(event)
    if (!found) continue
    const key = found.names.join('\n')
    const stack = stacks.get(key) ?? { frames: found.names.map(frameOf), samples: 0, ms: 0 }
    stack.samples++
    stack.ms += found.ms
    stacks.set(key, stack)
  }
  return [...stacks.values()].sort((a, b) => b.ms - a.ms).slice(0, MAX_STACKS)
}

/** `JS:*hot /app/price.js:12:18` has a place; native and kernel functions have none. */
function frameOf(name: string): Frame {
  const [, script = '', file = '', line, column] =
    /^(?:JS|LazyCompile|Function|Script|Eval):[*~^+']*(\S*) (.+?):(\d+):(\d+)$/.exec(name) ?? []
  return line === undefined
    ? { function: name, file: '', line: 0, column: 0 }
    : { function: script, file, line: Number(line), column: Number(column) }
}
