// Blocks of the event loop, and who held it. Agent thread.
//
// The main thread writes a heartbeat every 10 ms while requests are in flight. When it falls silent, the loop makes no turn:
// then the blocked thread is asked what it runs (lib/record/answers.ts), first soon and then less and less often, because each
// question compiles a script over there. A block is the gap between two beats, so it is known also without an answer.
//
// A worker in which nobody is in flight is not asked: it mostly sleeps in `Atomics.wait` until the next task of its pool, for hours, and a
// request that begins while it is blocked is in flight from then on.

import { BEAT_MS, BLOCK_MS } from '../process/beat.js'
import { now } from '../process/clock.js'
import type { Block, Evidence, RequestRef } from '../types.js'
import { type Beat, isBeating, isLeaving, readBeats, type Shared } from '../worker/shared.js'
import type { Inspected } from './inspector.js'
import { createRing, type Ring } from './ring.js'
import { parseStack, withoutAgent } from './stack.js'

const PROBE_AFTER_MS = [0, 20, 40, 80]
const PROBE_EVERY_MS = 120
/**
 * A turn is over when so many beats came after its silence. The first may come in that very turn, by one of the timers that were due, and
 * then Node has not told of the collections in it yet (20 and 24).
 */
const BEATS_OF_A_TURN = 2
const MAX_BEATS = 30_000
const MAX_BLOCKS = 1000
const MAX_PROBES = 50

export interface BlockWatch {
  /** `mayAsk`: who holds the loop may concern somebody. */
  tick(now: number, mayAsk?: boolean): LoopSeen
  /** Whether the loop was silent up to that moment, and may not have ended that turn yet. False when no beat will tell. */
  isTurnOpen(moment: number): boolean
  between(start: number, end: number): Pick<Evidence, 'blocks' | 'loop'>
}

export interface LoopSeen {
  /** For how long it has been; 0: it is not. */
  silentMs: number
  /** It is, or has been since the last look. */
  wasSilent: boolean
  /** The moment of the next look: before it the loop cannot have been silent for long enough. */
  next: number
}

type Probe = Block['probes'][number]

export function watchBlocks(shared: Shared, main: Inspected | undefined): BlockWatch {
  /** Moment and active milliseconds, as they are told. */
  const beats = createRing(2, MAX_BEATS)
  let last: Beat | undefined
  const blocks: Block[] = []
  let probes: Probe[] = []
  let seen = 0
  let asking = false
  let asked = 0
  let lastAsked = 0

  /** Whether the loop was silent before one of them. */
  function takeBeats(): boolean {
    const fresh = readBeats(shared, seen)
    seen = fresh.seen
    // This thread itself did not run for longer than the memory that both see has room for.
    if (fresh.torn) forget()
    let silent = false
    for (const beat of fresh.beats) {
      beats.values.set([beat.moment, beat.activeMs], beats.add())
      const before = last
      last = beat
      if (!before || Number.isNaN(before.activeMs)) continue
      if (beat.moment - before.moment <= BLOCK_MS) continue
      closeBlock(before.moment, beat.moment)
      silent = true
    }
    return silent
  }

  function closeBlock(lastBeat: number, end: number): void {
    blocks.push(blockOf(lastBeat, end, probes))
    if (blocks.length > MAX_BLOCKS) blocks.shift()
    probes = []
    asked = 0
  }

  function forget(): void {
    last = undefined
    probes = []
    asked = 0
  }

  /** Where this thread was late itself, it has read the beat that ended the block before the answer that came in it. */
  function keep(probe: Probe): void {
    const ended = blocks.findLast(block => isInside(probe, block.start - BEAT_MS / 2, block.end))
    const kept = ended?.probes ?? probes
    if (kept.length < MAX_PROBES) kept.push(probe)
  }

  function ask(): void {
    const askedAt = now()
    asking = true
    asked++
    main!
      .ask('probe()')
      .then(answer => {
        const probe = answer ? readProbe(answer, askedAt) : undefined
        if (probe) keep(probe)
      })
      .catch(() => {})
      .finally(() => {
        asking = false
      })
  }

  return {
    tick(now, mayAsk = true) {
      const wasSilent = takeBeats()
      if (!last || !isBeating(shared) || Number.isNaN(last.activeMs))
        return { silentMs: 0, wasSilent, next: now + BLOCK_MS }
      const silentMs = now - last.moment
      if (silentMs < BLOCK_MS) return { silentMs: 0, wasSilent, next: last.moment + BLOCK_MS }
      if (main && mayAsk && !asking && (asked === 0 || now - lastAsked >= (PROBE_AFTER_MS[asked] ?? PROBE_EVERY_MS))) {
        lastAsked = now
        ask()
      }
      return { silentMs, wasSilent: true, next: now + BEAT_MS }
    },

    isTurnOpen(moment) {
      takeBeats()
      const before = beats.countUpTo(moment)
      if (before === 0 || beats.length - before >= BEATS_OF_A_TURN) return false
      const silentMs = moment - beats.values[beats.startOf(before - 1)]!
      return silentMs > BLOCK_MS && isBeating(shared) && !isLeaving(shared)
    },

    between(start, end) {
      takeBeats()
      const open =
        last && isBeating(shared) && !Number.isNaN(last.activeMs) && end - last.moment > BLOCK_MS
          ? [blockOf(last.moment, end, probes)]
          : []
      const overlapping = [...blocks, ...open].filter(block => block.end > start && block.start < end)
      return { blocks: overlapping, loop: loopOf(beats, overlapping, start, end) }
    }
  }
}

/** The block began between the last beat and the one that was missed. */
const blockOf = (lastBeat: number, end: number, probes: Probe[]): Block => {
  const start = lastBeat + BEAT_MS / 2
  return { start, end, probes: probes.filter(probe => isInside(probe, lastBeat, end)) }
}

const isInside = ({ at }: Probe, lastBeat: number, end: number): boolean => at >= lastBeat && at <= end

/** Undefined when the loop was idle as the question came: nobody held it any more. */
function readProbe(answer: string, askedAt: number): Probe | undefined {
  const { at, request, stack } = JSON.parse(answer) as { at: number; request: RequestRef | null; stack: string }
  const frames = parseStack(stack)
  const theirs = withoutAgent(frames)
  return theirs.length === 0 ? undefined : { at, lateMs: Math.max(0, at - askedAt), request, frames: theirs }
}

/** Between the first and the last beat inside, the loop's own clock counts; outside of them, what is known to be blocked. */
function loopOf(beats: Ring, blocks: Block[], start: number, end: number): Evidence['loop'] {
  if (beats.length === 0) return undefined
  const inside = beatsBetween(beats, start, end)
  const first = inside[0]?.moment ?? end
  const last = inside.at(-1)?.moment ?? end
  const blockedMs = (from: number, to: number): number =>
    blocks.reduce((sum, block) => sum + Math.max(0, Math.min(block.end, to) - Math.max(block.start, from)), 0)
  const activeMs = inside.length > 0 ? inside.at(-1)!.activeMs - inside[0]!.activeMs : 0
  return {
    delayMaxMs: Math.max(0, ...blocks.map(block => block.end - block.start)),
    utilizationShare: Math.min(
      1,
      (blockedMs(start, first) + activeMs + blockedMs(last, end)) / Math.max(end - start, 0.001)
    )
  }
}

function beatsBetween(beats: Ring, start: number, end: number): Beat[] {
  const found: Beat[] = []
  for (let i = beats.countUpTo(end) - 1; i >= 0; i--) {
    const at = beats.startOf(i)
    const [moment, activeMs] = [beats.values[at]!, beats.values[at + 1]!]
    if (moment < start) break
    if (!Number.isNaN(activeMs)) found.push({ moment, activeMs })
  }
  return found.reverse()
}
