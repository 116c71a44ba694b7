// Counters of the kernel's that are dear to read: page faults, context switches, and how long the machine's tasks were stalled. Agent
// thread; Linux alone. All together are 90 µs in a hot loop. What cannot be read is named in `missing` and read no more: of kernels that
// count pressure only when asked to at boot, older ones (4.18 of RHEL 8, 5.4) open its files and fail to read them (EOPNOTSUPP).
//
// A request is told how much they grew from the last look before it to the first after it. While nobody is in flight they are read each
// second (lib/evidence/kernel.ts), and the last of these looks is kept when somebody comes: else what came in an idle hour would be the
// next request's.

import { openCounter } from './counter-file.js'
import { parseMajorFaults, parsePressureMs, parseSwitches } from './kernel-files.js'

const LOOK_MS = 250
const MAX_LOOKS = 1024

export type Counters = Record<string, number>

export interface SlowCounters {
  /** While requests are in flight. */
  look(moment: number): void
  /** While none is: takes the place of the last such look. */
  rest(moment: number): void
  between(start: number, end: number): Counters
  close(): void
}

interface Look {
  at: number
  counters: Counters
}

interface Source {
  what: string
  read(): Record<string, number | undefined>
}

/** `task`: the thread's folder in /proc. */
export function watchSlowCounters(task: string, missing: string[]): SlowCounters {
  const files: ReturnType<typeof openCounter>[] = []
  const looks: Look[] = []
  let idle: Look | undefined
  let sources: Source[] = []
  add('page faults', [`${task}/stat`], ([stat]) => ({ majorFaults: parseMajorFaults(stat!) }))
  add('context switches', [`${task}/status`], ([status]) => parseSwitches(status!))
  add('pressure', ['/proc/pressure/cpu', '/proc/pressure/memory', '/proc/pressure/io'], ([cpu, memory, io]) => ({
    cpuPressureMs: parsePressureMs(cpu!),
    memoryPressureMs: parsePressureMs(memory!),
    ioPressureMs: parsePressureMs(io!)
  }))

  function add(what: string, paths: string[], parse: (texts: string[]) => ReturnType<Source['read']>): void {
    try {
      const opened = paths.map(path => {
        const file = openCounter(path)
        files.push(file)
        return file
      })
      sources.push({ what, read: () => parse(opened.map(file => file.read())) })
    } catch (error) {
      name(what, error)
    }
  }

  function name(what: string, error: unknown): void {
    missing.push(`${what}: ${(error as Error).message}`)
  }

  function read(at: number): Look {
    const counters: Counters = {}
    for (const source of sources) {
      try {
        for (const [key, value] of Object.entries(source.read())) if (value !== undefined) counters[key] = value
      } catch (error) {
        sources = sources.filter(other => other !== source)
        name(source.what, error)
      }
    }
    return { at, counters }
  }

  function note(look: Look): void {
    looks.push(look)
    if (looks.length > MAX_LOOKS) looks.splice(0, MAX_LOOKS / 2)
  }

  return {
    look(moment) {
      if (idle) note(idle)
      idle = undefined
      if (moment - (looks.at(-1)?.at ?? Number.NEGATIVE_INFINITY) >= LOOK_MS) note(read(moment))
    },
    rest(moment) {
      idle = read(moment)
    },
    between: (start, end) => differences(looks, start, end),
    close() {
      for (const { close } of files) close()
    }
  }
}

function differences(looks: Look[], start: number, end: number): Counters {
  const first = looks.findLast(({ at }) => at <= start) ?? looks[0]
  const last = looks.find(({ at }) => at >= end) ?? looks.at(-1)
  if (!first || !last) return {}
  const both = Object.keys(last.counters).filter(name => name in first.counters)
  return Object.fromEntries(both.map(name => [name, last.counters[name]! - first.counters[name]!]))
}
