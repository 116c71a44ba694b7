// On which functions the process was on a CPU: samples of `perf record`, JavaScript, native and kernel frames in one stack. Reads
// what `perf script` writes, for each sample a head and a stack, leaf first, and then an empty line. Pure.
//
//     node 24064 35670.303887:
//             7f4704006c94 JS:*hot /tmp/spin.js:1:36
//                  14ce0dc Builtins_JSEntryTrampoline
//
// The clock is that of the machine's timer (cpu-clock), because a virtual machine seldom has the processor's counters.

import type { Sample } from './events.js'
import type { Summarized } from './recording.js'
import { functionName } from './records.js'
import { table } from './words.js'

export const ON_CPU = 'on-cpu'

/** Not 100: the service's own timers run in step with that. */
const SAMPLES_PER_SECOND = 99
export const SAMPLE_MS = 1000 / SAMPLES_PER_SECOND
const MAX_ROWS = 8

/** CLOCK_MONOTONIC stamps the samples as the agent's timelines are stamped. */
export const recordCommand = (pid: number): string[] =>
  ['perf', 'record', '-e', 'cpu-clock', '-F', String(SAMPLES_PER_SECOND), '-g', '-k', 'CLOCK_MONOTONIC'].concat([
    '-p',
    String(pid),
    '-o',
    '-'
  ])

/** --no-inline: looking up inlined functions takes minutes for a binary of Node's size. -f: the map belongs to the service's user. */
export const SCRIPT_COMMAND = ['perf', 'script', '-i', '-', '-f', '--no-inline', '-F', 'comm,tid,time,ip,sym']

const HEAD = /^(.*?)\s+(\d+)\s+(\d+)\.(\d+):\s*$/

/** The lines of one sample, without the empty one. */
export function readSample(lines: string[]): Sample | undefined {
  const [, , tid, seconds, fraction] = HEAD.exec(lines[0] ?? '') ?? []
  if (tid === undefined) return undefined
  const frames = lines.slice(1).flatMap(line => {
    const [, address, symbol = ''] = /^\s+([0-9a-f]+)(?: (.*))?$/.exec(line) ?? []
    return address === undefined ? [] : [functionName(symbol) || `0x${address}`]
  })
  return { type: 'sample', tid: Number(tid), at: Number(`${seconds}.${fraction}`) * 1000, frames }
}

export function summary({ events, threadName }: Summarized): string[] {
  const samples = events.filter(event => event.type === 'sample')
  if (samples.length === 0) return []
  const byPlace = new Map<string, { row: string[]; samples: number }>()
  for (const { tid, frames } of samples) {
    const row = [threadName(tid), frames[0] ?? 'unknown', frames.find(isJavaScript) ?? '']
    const sum = byPlace.get(row.join('\n')) ?? { row, samples: 0 }
    sum.samples++
    byPlace.set(row.join('\n'), sum)
  }
  const hottest = [...byPlace.values()].sort((a, b) => b.samples - a.samples).slice(0, MAX_ROWS)
  return table(
    ['thread', 'ms', 'function', 'called by'],
    hottest.map(({ row: [thread, leaf, javascript], samples: seen }) => [
      thread!,
      String(Math.round(seen * SAMPLE_MS)),
      leaf!,
      javascript === leaf ? '' : javascript!
    ])
  )
}

export const isJavaScript = (frame: string): boolean => /^(?:JS|LazyCompile|Function|Script|Eval):/.test(frame)
