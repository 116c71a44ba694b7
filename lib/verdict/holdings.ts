// Who held the main thread, and from when to when. Pure.
//
// Known for certain: the request's own first turn, all turns that the main thread told of (turns.ts), and whoever a probe found
// inside a block. A probe is asked 30 ms after the loop fell silent and then less and less often, so around one that was answered
// lies a time in which nobody asked. Such a time belongs to the nearest probe, and is certain when it is short or when the CPU
// samples in it show the same code. Native code answers only when it returns, so a late answer stands for the time since it was
// asked, unless the samples differ.
//
//   block   |--------------------------------------------------|
//   probes        A      A            A          B        B
//   runs    |-------------- A ------------|--------- B --------|

import { BLOCK_MS } from '../process/beat.js'
import type { Block, Frame, Interval, RequestRef, Silence, Timeline } from '../types.js'
import { type Cpu, shareWith, telling } from './cpu.js'
import { isApplication } from './frames.js'
import type { Hold, HoldAround } from './holds.js'
import { firstAt, totalMs } from './intervals.js'
import {
  areCallbacks,
  areUncalled,
  broughtIn,
  type DoubtOfTurn,
  doubtBrought,
  doubtOfProbe,
  doubtsOfTurns,
  giveBack,
  isCalledOutside,
  isReadFrom
} from './lost.js'
import { SMALL_TURN_MS, type Turn, turnsOf } from './turns.js'
import { requestName } from './words.js'

/** JavaScript answers within this; native code when it returns. */
const PROMPT_MS = 20
/** Probes come at most 120 ms apart, and take a moment. */
const PROBE_REACH_MS = 150
const SAME_CODE_SHARE = 0.5
/** Samples come each 10 ms, and the first and the last are not whole. */
const RUNS_ON_SHARE = 0.8
/** Blocks and turns are timed by different clocks of the loop: a heartbeat's tick is 10 ms. */
const TOUCH_MS = 10
/** Short turns of that many requests are no block by one of them. */
const MANY_REQUESTS = 3
/** Among many requests one probe tells little of a turn's length: those of one that goes on find it again. */
const GOES_ON_MS = 50
const ONE_PROBE_MAX_MS = 2 * PROBE_REACH_MS

export interface Holding extends Interval {
  hold: Hold
  owner: Owner
  /** Timed by the main thread, not found by a question. */
  exact: boolean
  /** No block: what else the request was waiting for meanwhile was hardly kept up by it. */
  brief: boolean
  /** Undefined: nobody was seen. Null: code outside any request. */
  request: RequestRef | null | undefined
  stacks: Frame[][]
  /** Those that were answered at once, by JavaScript: their leaf is what ran. */
  prompt: Frame[][]
  /** From when those that were not had been asked until they were: native code ran. */
  mute: Interval[]
  doubt: string | undefined
}

type Probe = Block['probes'][number]

/** `many`: small turns of many requests, none of which is to blame alone. */
type Owner = 'own' | 'other' | 'many'

/** Probes in a row that found the same request, and the time around them. */
interface Run extends Omit<Holding, 'hold' | 'exact' | 'brief'> {
  block: Block
  askedAt: number
  firstAt: number
  lastAt: number
}

export function holdingsOf(timeline: Timeline, blocks: Block[], cpu: Cpu, holdAround: HoldAround): Holding[] {
  const probesIn = probesOf(blocks)
  const first = timeline.ownTurns.map(turn => heldByFirstTurn(turn, timeline.id, probesIn, holdAround(turn)))
  const turns = giveBack(turnsOf(timeline), timeline, cpu)
  const doubtOf = doubtsOfTurns(turns, timeline, cpu)
  const runs = blocks.flatMap(block =>
    block.probes.length > 0 ? runsOf(block, timeline) : unseen(block, turns, timeline, cpu, doubtOf)
  )
  const alone = timeline.concurrency === 1 && runs.every(({ owner }) => owner === 'own')
  const told = turns.map(turn => heldByTurn(turn, timeline, probesIn, turn.doubt ?? doubtOf(turn), holdAround(turn)))
  return [...first, ...told, ...markMany(runs).flatMap(run => split(run, alone, cpu, holdAround(run.block)))]
}

type ProbesIn = (turn: Interval) => Probe[]

/** A request of a minute may have thousands of turns and of probes. */
function probesOf(blocks: Block[]): ProbesIn {
  const probes = blocks.flatMap(({ probes }) => probes).sort((a, b) => a.at - b.at)
  const moments = Float64Array.from(probes, ({ at }) => at)
  return ({ start, end }) => {
    const from = firstAt(moments, start)
    let to = from
    while (to < probes.length && moments[to]! <= end) to++
    return probes.slice(from, to)
  }
}

/** Known without probes; those inside it tell the place. */
function heldByFirstTurn(turn: Interval, id: number, probesIn: ProbesIn, hold: Hold): Holding {
  return {
    ...turn,
    hold,
    owner: 'own',
    exact: true,
    brief: false,
    request: undefined,
    ...seenIn(turn, id, probesIn),
    doubt: undefined
  }
}

/** What the probes inside a turn found that met the request with that id. */
function seenIn(turn: Interval, id: number | undefined, probesIn: ProbesIn): Seen {
  const inside = probesIn(turn).filter(({ request }) => request?.id === id)
  return {
    stacks: inside.map(ranOf),
    prompt: inside.filter(isPrompt).map(({ frames }) => frames),
    mute: muteIn(inside)
  }
}

type Seen = Pick<Holding, 'stacks' | 'prompt' | 'mute'>

const isPrompt = ({ lateMs }: Probe): boolean => lateMs <= PROMPT_MS

const muteIn = (probes: Probe[]): Interval[] =>
  probes.filter(probe => !isPrompt(probe)).map(({ at, lateMs }) => ({ start: at - lateMs, end: at }))

/** Native code answers after it has returned, where the next function is entered: that one has not run yet. */
const ranOf = (probe: Probe): Frame[] => {
  const [leaf, ...callers] = probe.frames
  return isPrompt(probe) || callers.length === 0 || !leaf || isApplication(leaf) ? probe.frames : callers
}

/**
 * A turn that no question can have found has no probes: most are that short. There are a thousand in a request that was slow among
 * hundreds; spread instead of named fields would take a quarter of its whole explanation.
 */
function heldByTurn(
  turn: Turn,
  timeline: Timeline,
  probesIn: ProbesIn,
  doubt: string | undefined,
  hold: Hold
): Holding {
  const { start, end, owner } = turn
  const seen = end - start >= BLOCK_MS ? seenIn(turn, idOf(turn, timeline), probesIn) : undefined
  return {
    start,
    end,
    owner,
    hold,
    exact: true,
    brief: hold.end - hold.start < BLOCK_MS,
    request: owner === 'own' ? undefined : turn.request,
    stacks: seen?.stacks ?? [],
    prompt: seen?.prompt ?? [],
    mute: seen?.mute ?? [],
    doubt
  }
}

/** In whose context it ran. */
const idOf = ({ owner, request, doubt }: Turn, { id }: Timeline): number | undefined =>
  owner === 'own' && !doubt ? id : request?.id

function runsOf(block: Block, timeline: Timeline): Run[] {
  const runs: Run[] = []
  const isBrought = broughtIn(timeline)(block)
  for (const probe of [...block.probes].sort((a, b) => a.at - b.at)) {
    const { at, lateMs, request } = probe
    const frames = ranOf(probe)
    const prompt = isPrompt(probe) ? [frames] : []
    const mute = muteIn([probe])
    const last = runs.at(-1)
    const inOwn = request?.id === timeline.id
    const brought = isBrought && !inOwn && isReadFrom(probe.frames)
    const owner = inOwn || brought ? 'own' : 'other'
    if (last && last.request?.id === request?.id && last.owner === owner) {
      last.stacks.push(frames)
      last.prompt.push(...prompt)
      last.mute.push(...mute)
      last.lastAt = at
      continue
    }
    const askedAt = prompt.length > 0 ? at : Math.max(at - lateMs, last ? last.lastAt : block.start)
    const start = last ? (last.lastAt + askedAt) / 2 : block.start
    if (last) last.end = start
    const doubt = brought ? doubtBrought : doubtOfProbe(probe, timeline)
    runs.push({
      block,
      start,
      end: block.end,
      owner,
      request,
      stacks: [frames],
      prompt,
      mute,
      doubt,
      askedAt,
      firstAt: at,
      lastAt: at
    })
  }
  return runs
}

/** No probe was answered: who alone had begun, the number of requests, what ran on from the own turn, or a guess. */
function unseen(block: Block, turns: Turn[], timeline: Timeline, cpu: Cpu, doubtOf: DoubtOfTurn): Run {
  const { start, end } = block
  const stacks = cpu.in(block).map(({ stack }) => stack)
  const seen = { stacks, prompt: [], mute: [] }
  const run = { block, start, end, request: undefined, ...seen, askedAt: start, firstAt: start, lastAt: end }
  const doubt = 'nobody was seen to hold the event loop'
  const filler = turns.find(turn => turn.owner === 'other' && fills(turn, block))
  if (filler) return { ...run, owner: 'other', request: filler.request, doubt: doubtOf(filler) }
  const silence = timeline.silences?.find(found => found.start >= start - TOUCH_MS && isOver(found, end))
  if (silence && isCalledByNone(silence, cpu)) return { ...run, ...begunBy(silence, timeline, doubt) }
  const alone = timeline.concurrency === 1
  if (alone && areCallbacks(cpu.in(block)))
    return { ...run, owner: 'other', request: null, doubt: `${doubt}; ${CALLED}` }
  if (areUncalled(cpu.in(block))) return { ...run, owner: 'other', doubt: `${doubt}; ${UNCALLED}` }
  if (alone) return { ...run, owner: 'own', doubt: `${doubt}; it was the only request` }
  if (!goesOn(block, timeline, cpu)) return { ...run, owner: 'other', doubt }
  return { ...run, owner: 'own', doubt: `${doubt}; the same code had run in its own turn` }
}

const CALLED = 'a timer or a message called it, maybe the request’s own'
const UNCALLED = 'native code ran that no JavaScript had called, as when a large message of a worker is read'

/** But for the ticks around it. */
const fills = (turn: Interval, { start, end }: Interval): boolean =>
  Math.max(turn.start - start, 0) + Math.max(end - turn.end, 0) <= 2 * TOUCH_MS

/** Block and silence end with the same beat, or the request before it. */
const isOver = (silence: Interval, end: number): boolean => silence.end > end - TOUCH_MS && silence.end < end + 1

/** What ran on from a request's beginning, without a gap and without a timer or a message that calls it, is the request's. */
function isCalledByNone(silence: Interval, cpu: Cpu): boolean {
  const samples = cpu.in(silence)
  const called = samples.filter(({ stack }) => isCalledOutside(stack))
  return called.length === 0 && totalMs(samples) >= (silence.end - silence.start) * RUNS_ON_SHARE
}

function begunBy(
  { request }: Silence,
  { id, concurrency }: Timeline,
  doubt: string
): Pick<Run, 'owner' | 'request' | 'doubt'> {
  const named = `${doubt}; ${requestName(request)} alone had begun in that turn`
  if (request.id !== id) return { owner: 'other', request, doubt: named }
  return { owner: 'own', request, doubt: concurrency === 1 ? undefined : named }
}

/** The own turn fills the block, but for the ticks around it; or its code is seen in the rest, too. */
function goesOn(block: Interval, timeline: Timeline, cpu: Cpu): boolean {
  const turns = timeline.ownTurns.filter(turn => turn.end >= block.start - TOUCH_MS && turn.start <= block.end)
  if (turns.length === 0) return false
  if (turns.some(turn => fills(turn, block))) return true
  const rest = { start: Math.max(block.start, ...turns.map(({ end }) => end)), end: block.end }
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

const isMoment = ({ start, end, askedAt, lastAt }: Run): boolean =>
  lastAt - askedAt < GOES_ON_MS && end - start < ONE_PROBE_MAX_MS

/** The times before the first and after the last probe of a run stand apart, since they may be in doubt. */
function split(run: Run, alone: boolean, cpu: Cpu, hold: Hold): Holding[] {
  const { block, start, end, owner, request, stacks, prompt, mute, doubt, askedAt, firstAt, lastAt } = run
  const [first = [], last = []] = [stacks[0], stacks.at(-1)]
  const reachMs = (outer: boolean): number => (outer ? PROBE_REACH_MS : PROBE_REACH_MS / 2)
  const isAsked = (edge: Interval, outer: boolean): boolean => edge.end - edge.start <= reachMs(outer)
  const isAlike = (edge: Interval, frames: Frame[]): boolean => shareWith(cpu, edge, telling(frames)) >= SAME_CODE_SHARE
  const silent = doubt ?? 'the event loop was silent for longer than anybody was seen to hold it'

  const before = { start, end: askedAt }
  const late = { start: askedAt, end: firstAt }
  const after = { start: lastAt, end }
  const sure = {
    before: alone || isAsked(before, start === block.start) || isAlike(before, first),
    late: alone || isAsked(late, false) || telling(first).length === 0 || !cpu.covered || isAlike(late, first),
    after: alone || isAsked(after, end === block.end) || isAlike(after, last)
  }
  const holding = { hold, owner, exact: false, brief: false, request, stacks, prompt, mute }
  return [
    { ...holding, ...before, doubt: sure.before ? doubt : silent },
    { ...holding, ...late, doubt: sure.late ? doubt : silent },
    { ...holding, start: firstAt, end: lastAt, doubt },
    { ...holding, ...after, doubt: sure.after ? doubt : silent }
  ]
}
