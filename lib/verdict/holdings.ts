// Who held the main thread, and from when to when. Pure.
//
// Known for certain: the request's own first turn, and whoever a probe found inside a block. A probe is asked 30 ms after the
// loop fell silent and then less and less often, so around one that was answered lies a time in which nobody asked; native
// code answers only when it returns. Such a time belongs to the nearest probe, and is certain when it is short or when the
// CPU samples in it show the same code.
//
//   block   |--------------------------------------------------|
//   probes        A      A            A          B        B
//   runs    |-------------- A ------------|--------- B --------|

import type { Block, Frame, Interval, RequestRef, Timeline } from '../types.js'
import { type Cpu, shareWith, telling } from './cpu.js'
import type { Hold, HoldAround } from './holds.js'

/** Probes come at most 120 ms apart, and take a moment. */
const PROBE_REACH_MS = 150
const SAME_CODE_SHARE = 0.5
/** Blocks and turns are timed by different clocks of the loop: a heartbeat's tick is 10 ms. */
const TOUCH_MS = 10
/** Short turns of that many requests are no block by one of them. */
const MANY_REQUESTS = 3
const SMALL_TURN_MS = 100
/** Among many requests one probe tells little of a turn's length: those of one that goes on find it again. */
const GOES_ON_MS = 50
const ONE_PROBE_MAX_MS = 2 * PROBE_REACH_MS

/** Code called from there is no request's, unless its context says so. */
const OUTSIDE = /^node:internal\/(?:timers|per_context\/messageport)$/

export interface Holding extends Interval {
  hold: Hold
  owner: Owner
  /** Undefined: nobody was seen. Null: code outside any request. */
  request: RequestRef | null | undefined
  stacks: Frame[][]
  doubt: string | undefined
}

/** `many`: small turns of many requests, none of which is to blame alone. */
type Owner = 'own' | 'other' | 'many'

/** Probes in a row that found the same request, and the time around them. */
interface Run extends Omit<Holding, 'hold'> {
  block: Block
  firstAt: number
  lastAt: number
}

export function holdingsOf(timeline: Timeline, blocks: Block[], cpu: Cpu, around: HoldAround): Holding[] {
  const turns = timeline.ownTurns.map(
    (turn): Holding => ({ ...turn, hold: around(turn), owner: 'own', request: undefined, stacks: [], doubt: undefined })
  )
  const runs = blocks.flatMap(block =>
    block.probes.length > 0 ? runsOf(block, timeline) : unseen(block, timeline, cpu)
  )
  const alone = timeline.concurrency === 1 && runs.every(({ owner }) => owner === 'own')
  return [...turns, ...markMany(runs).flatMap(run => split(run, alone, cpu, around(run.block)))]
}

function runsOf(block: Block, timeline: Timeline): Run[] {
  const runs: Run[] = []
  for (const probe of [...block.probes].sort((a, b) => a.at - b.at)) {
    const { at, request, frames } = probe
    const last = runs.at(-1)
    if (last && last.request?.id === request?.id) {
      last.stacks.push(frames)
      last.lastAt = at
      continue
    }
    const start = last ? (last.lastAt + at) / 2 : block.start
    if (last) last.end = start
    const owner = request?.id === timeline.id ? 'own' : 'other'
    const doubt = outsideDoubt(probe, timeline)
    runs.push({ block, start, end: block.end, owner, request, stacks: [frames], doubt, firstAt: at, lastAt: at })
  }
  return runs
}

function outsideDoubt({ request, frames }: Block['probes'][number], { concurrency }: Timeline): string | undefined {
  if (request !== null || frames.some(frame => OUTSIDE.test(frame.file))) return undefined
  if (concurrency === 1) return 'it was the only request, so the code may be its own, run out of its context'
  return 'the code may belong to a request whose context it had lost'
}

/** No probe was answered: the number of requests, what ran on from the own turn, or a guess. */
function unseen(block: Block, timeline: Timeline, cpu: Cpu): Run {
  const { start, end } = block
  const stacks = cpu.in(block).map(({ stack }) => stack)
  const run = { block, start, end, request: undefined, stacks, firstAt: start, lastAt: end }
  const doubt = 'nobody was seen to hold the event loop'
  if (timeline.concurrency === 1) return { ...run, owner: 'own', doubt: `${doubt}; it was the only request` }
  if (!goesOn(block, timeline, cpu)) return { ...run, owner: 'other', doubt }
  return { ...run, owner: 'own', doubt: `${doubt}; the same code had run in its own turn` }
}

/** The own turn fills the block, but for the ticks around it; or its code is seen in the rest, too. */
function goesOn(block: Interval, timeline: Timeline, cpu: Cpu): boolean {
  const turns = timeline.ownTurns.filter(turn => turn.end >= block.start - TOUCH_MS && turn.start <= block.end)
  if (turns.length === 0) return false
  const rest = { start: Math.max(block.start, ...turns.map(({ end }) => end)), end: block.end }
  if (rest.end - rest.start <= 2 * TOUCH_MS) return true
  const frames = turns.flatMap(turn => cpu.in(turn)).flatMap(({ stack }) => telling(stack))
  return shareWith(cpu, rest, frames) >= SAME_CODE_SHARE
}

/** First inside a block in which many were found, then over all that are short. */
function markMany(runs: Run[]): Run[] {
  const crowded = new Set(runs.map(({ block }) => block).filter(block => requestsIn(block) >= MANY_REQUESTS))
  const marked = runs.map(run => (crowded.has(run.block) && isMoment(run) ? { ...run, owner: 'many' as const } : run))
  const isSmall = ({ owner, start, end }: Run): boolean => owner === 'other' && end - start < SMALL_TURN_MS
  // Whoever was not seen is somebody else each time.
  const small = new Set(
    marked.filter(isSmall).map(run => (run.request === undefined ? run : (run.request?.id ?? null)))
  )
  return small.size < MANY_REQUESTS ? marked : marked.map(run => (isSmall(run) ? { ...run, owner: 'many' } : run))
}

const requestsIn = ({ probes }: Block): number => new Set(probes.map(({ request }) => request?.id)).size

const isMoment = ({ start, end, firstAt, lastAt }: Run): boolean =>
  lastAt - firstAt < GOES_ON_MS && end - start < ONE_PROBE_MAX_MS

/** The times before the first and after the last probe of a run stand apart, since they may be in doubt. */
function split(run: Run, alone: boolean, cpu: Cpu, hold: Hold): Holding[] {
  const { block, start, end, owner, request, stacks, doubt, firstAt, lastAt } = run
  const edgeDoubt = (edge: Interval, frames: Frame[], outer: boolean): string | undefined => {
    const reachMs = outer ? PROBE_REACH_MS : PROBE_REACH_MS / 2
    if (alone || edge.end - edge.start <= reachMs || shareWith(cpu, edge, telling(frames)) >= SAME_CODE_SHARE)
      return doubt
    return doubt ?? 'the event loop was silent for longer than anybody was seen to hold it'
  }
  const before = { start, end: firstAt }
  const after = { start: lastAt, end }
  const holding = { hold, owner, request, stacks }
  return [
    { ...holding, ...before, doubt: edgeDoubt(before, stacks[0] ?? [], start === block.start) },
    { ...holding, start: firstAt, end: lastAt, doubt },
    { ...holding, ...after, doubt: edgeDoubt(after, stacks.at(-1) ?? [], end === block.end) }
  ]
}
