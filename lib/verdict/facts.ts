// All that the causes may look at, prepared once for each request. Pure.

import type { Redact } from '../scrub/secrets.js'
import type { Evidence, Interval, OperationKind, Timeline } from '../types.js'
import { type Cpu, readCpu } from './cpu.js'
import { type Holding, holdingsOf } from './holdings.js'
import { findHolds, type HoldAround } from './holds.js'
import type { NameOf } from './names.js'
import { type OffCpu, offCpuOf } from './off-cpu.js'
import { pagingOf } from './paging.js'
import { findRepeats, type Repeats } from './repeats.js'
import { standstillsOf, withoutStandstills } from './standstills.js'
import { inOrderOfAnswers, layOut, type Wait, type Waits, waitsOf } from './waits.js'

export interface Case {
  timeline: Timeline
  /** It ran in a worker thread of the application. */
  isWorker: boolean
  evidence: Evidence
  nameOf: NameOf
  redact: Redact
  /** The service's folder: paths are shown from here on. */
  root: string
}

export interface Facts extends Case {
  durationMs: number
  waits: Waits
  /** `waits.single`, where calls on one connection do not overlap. */
  served: Wait[]
  servedOf: (kind: OperationKind) => Wait[]
  /** Calls that are told by themselves, not as one of many like them. */
  plainCalls: Wait[]
  /** What `waits.folded` stands for, one after another; the `operation` tells which. */
  laidOut: Wait[]
  repeats: Repeats
  cpu: Cpu
  holdings: Holding[]
  offCpu: OffCpu
  /** When the thread slept until memory was read back. */
  paging: Interval[]
  /** When the whole process was stopped. */
  standstills: Interval[]
  holdAround: HoldAround
}

/** As sentences call the thread that served the request. */
export const threadOf = ({ isWorker }: Facts): string => (isWorker ? 'worker thread' : 'main thread')

export function gatherFacts(input: Case): Facts {
  const { timeline } = input
  const standstills = standstillsOf(input.evidence)
  const evidence = withoutStandstills(input.evidence, standstills)
  const waits = waitsOf(timeline, input.nameOf)
  const cpu = readCpu(evidence)
  const offCpu = offCpuOf(evidence)
  const served = inOrderOfAnswers(waits, timeline.gotAtOnce)
  const repeats = findRepeats(waits, cpu)
  const holdAround = findHolds([
    ...evidence.blocks,
    ...timeline.ownTurns,
    ...evidence.pauses,
    ...(evidence.agent ?? [])
  ])
  return {
    ...input,
    evidence,
    durationMs: Math.max(0, timeline.end - timeline.start),
    waits,
    served,
    servedOf: byKind(served),
    plainCalls: waits.single.filter(({ operation }) => operation.kind === 'http' && !repeats.of.has(operation)),
    laidOut: layOut(waits.folded),
    repeats,
    cpu,
    holdings: holdingsOf(timeline, evidence.blocks, cpu, holdAround),
    offCpu,
    paging: pagingOf(evidence, offCpu),
    standstills,
    holdAround
  }
}

/** Each cause asks for one kind, of which a request may have a thousand. */
function byKind(waits: Wait[]): Facts['servedOf'] {
  const kinds = new Map<OperationKind, Wait[]>()
  for (const wait of waits) {
    const { kind } = wait.operation
    const alike = kinds.get(kind)
    if (alike) alike.push(wait)
    else kinds.set(kind, [wait])
  }
  return kind => kinds.get(kind) ?? []
}
