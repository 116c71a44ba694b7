// One bpftrace program out of the parts' programs, and, when bpftrace refuses it, whose part it was. Pure.

import type { Probe, Target } from './probe.js'

export interface Lost {
  part: string
  reason: string
}

export interface Program {
  text: string
  /** Last line of each part's program, in order. */
  ends: { part: string; line: number }[]
}

/** How often bpftrace says what time it is on its clock. It also ends by itself when nobody reads that any more. */
const TICK_MS = 250

const PRELUDE = `interval:ms:${TICK_MS} { printf("tick\\t%llu", nsecs); }\n`

export function programOf(probes: Probe[], target: Target): Program {
  let text = PRELUDE
  const ends = probes.map(probe => {
    text += `${probe.program(target).trim()}\n`
    return { part: probe.name, line: text.split('\n').length - 1 }
  })
  // bpftrace takes one END alone, and prints at the end every map that is not empty.
  const cleared = probes.flatMap(({ maps }) => maps).map(map => `clear(${map});`)
  if (cleared.length > 0) text += `END { ${cleared.join(' ')} }\n`
  return { text, ends }
}

/** Parts that can be attached: the kernel has their tracepoints, and the parts that they read are there. */
export function possible(
  probes: Probe[],
  exists: (tracepoint: string) => boolean,
  lost: Lost[]
): { probes: Probe[]; lost: Lost[] } {
  const gone = [...lost]
  const left = probes.filter(({ name, needs }) => {
    if (gone.some(({ part }) => part === name)) return false
    const missing = needs.tracepoints.find(tracepoint => !exists(tracepoint))
    if (missing) {
      gone.push({ part: name, reason: `this kernel has no tracepoint ${missing}` })
      return false
    }
    if (
      needs.part &&
      !probes.some(probe => probe.name === needs.part && !gone.some(({ part }) => part === needs.part))
    ) {
      gone.push({ part: name, reason: `it needs the part ${needs.part}` })
      return false
    }
    return true
  })
  return { probes: left, lost: gone }
}

/**
 * Whose part bpftrace complains about: `stdin:12:3-9: ERROR: Unknown struct`, or `Error loading program:
 * tracepoint:tcp:tcp_send_reset`. None: it is not about the program.
 */
export function blamed(stderr: string, { ends }: Program, probes: Probe[]): Lost[] {
  const reason = complaint(stderr)
  const [, line] = /\bstdin:(\d+)[:-]/.exec(stderr) ?? []
  if (line !== undefined) {
    const end = ends.find(({ line: last }) => Number(line) <= last)
    return end ? [{ part: end.part, reason }] : []
  }
  const [, category, name] = /\b(?:tracepoint|software):([\w-]+):([\w-]+)/.exec(stderr) ?? []
  return probes
    .filter(
      probe =>
        probe.needs.tracepoints.includes(`${category}/${name}`) ||
        (category === 'major-faults' && probe.name === 'page-faults')
    )
    .map(({ name: part }) => ({ part, reason }))
}

/** The first line of bpftrace's that tells of an error; the limit on locked memory is no matter since Linux 5.11. */
export function complaint(stderr: string): string {
  const lines = stderr.split('\n').filter(line => line.trim() !== '' && !line.includes('RLIMIT_MEMLOCK'))
  const line = lines.find(text => text.includes('ERROR')) ?? lines[0] ?? ''
  return line.replace(/^.*ERROR: /, '').slice(0, 200) || 'it said nothing'
}
