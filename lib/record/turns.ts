// Which request ran when, told exactly, while somebody wants to know. Main thread.
//
// What runs after an `await` runs in its request's context, but nothing tells when. Hooks before and after every asynchronous
// step do, and make a step dearer (benchmarks/turns.mjs). So they are on only while the loop is busy and a request in flight has
// used up a good part of its time, of which there would be a report: then evidence is wanted. A service that is saturated for hours
// pays for ALLOWANCE_MS of it, and from then on for one second in ten.
//
// Stretches of one request that follow each other at once are one. They lie in a ring, which is made at its first use. It keeps the requests
// that it names in memory until none is left in flight whose report could tell of them.
//
// Without the hooks two things are known for nothing: a first turn that was long, to its end; and, when the loop was silent, that
// one request alone had begun since its last turn. What promises that resolve at once run is such a silence: V8 13.6 (Node 24)
// answers no question between them.

import { createFuse, fail } from '../hook/guard.js'
import type { Context } from '../hook/recorder.js'
import { apply } from '../process/builtins.js'
import { now } from '../process/clock.js'
import { type Interval, SEVERAL, type Timeline } from '../types.js'
import { MAX_NAMED } from '../worker/shared.js'
import type { Request } from './request.js'
import { hookSteps } from './steps.js'

const MAX_STRETCHES = 8192
/** A step and the next of the same request: what lies between is Node's. */
const TOUCH_MS = 0.1
/** Of code that is no request's: a beat of ours, a packet of the parser's. */
const NOTABLE_MS = 1
const BUSY_SHARE = 0.5
const LINGER_MS = 500
const ALLOWANCE_MS = 10_000
const REFILL_SHARE = 0.1
const FORGET_MS = 60_000
const MAX_LONG = 64
/** Of those without a name: which of them it was tells nobody anything. Far less than what a block is known by. */
const MAX_JOINED_US = 5000

/** Asks about those requests in flight whose turns would be told if they became slow. */
export interface Tellable {
  /** Whether one has used up a good part of its time. */
  hasAged(): boolean
  /** Whether one began before. */
  beganBefore(moment: number): boolean
}

export interface Turns {
  /** Told the loop's share of busy time since the last beat. */
  beat(moment: number, busyShare: number, tellable: Tellable): void
  /** The first turn of a request has held the loop. */
  held(start: number, end: number, request: Request): void
  /** The loop has made no turn since the request began, and no other has begun. */
  silent(start: number, end: number, request: Request): void
  /** What is known of that time, for the report of `request`. */
  between(start: number, end: number, request?: Request): Pick<Timeline, 'turns' | 'silences'>
  /** Forgets all that is known, which keeps the requests alive that it names. */
  letGo(): void
  stop(): void
}

interface Stretch extends Interval {
  request: Request
}

export function watchTurns(context: Context<Request>): Turns {
  let on = false
  let wantedAt = Number.NEGATIVE_INFINITY
  let from = Number.POSITIVE_INFINITY
  let to = Number.POSITIVE_INFINITY
  let lastBeat = 0
  let allowanceMs = ALLOWANCE_MS
  let starts = new Float64Array(0)
  let ends = new Float64Array(0)
  let runners: (Request | undefined)[] = []
  let count = 0
  let running = false
  const firstTurns: Stretch[] = []
  const silences: Stretch[] = []
  /** Steps inside steps, by whom; the last is at `depth - 1`. */
  const outer: (Request | undefined)[] = []
  let depth = 0
  const fuse = createFuse('who ran when')
  const plainRun = context.run
  const plainEnterWith = context.enterWith

  function open(moment: number, request: Request | undefined): void {
    running = true
    const last = (count - 1) % MAX_STRETCHES
    if (count > 0 && runners[last] === request && moment - ends[last]! < TOUCH_MS) return
    const next = count++ % MAX_STRETCHES
    starts[next] = moment
    runners[next] = request
  }

  function close(moment: number): void {
    if (running) ends[(count - 1) % MAX_STRETCHES] = moment
    running = false
  }

  function change(request: Request | undefined): void {
    if (fuse.blown || (running && runners[(count - 1) % MAX_STRETCHES] === request)) return
    try {
      const moment = now()
      close(moment)
      open(moment, request)
    } catch (error) {
      fail(fuse, error)
    }
  }

  function closeNow(): void {
    try {
      close(now())
    } catch (error) {
      running = false
      fail(fuse, error)
    }
  }

  // What throws in here ends the process: nothing is called but the clock, which an application may have replaced, and the store.
  const steps = hookSteps(
    () => {
      const request = context.getStore()
      outer[depth++] = request
      change(request)
    },
    () => {
      // The step in which the hook was switched on had no `before`.
      if (depth === 0) return
      outer[--depth] = undefined
      if (depth === 0) closeNow()
      else change(outer[depth - 1])
    }
  )

  /** Inside a step, a request begins, or the callback of its query runs in a step of whoever opened the connection. */
  function run<Args extends unknown[], Result>(
    request: Request,
    call: (...args: Args) => Result,
    ...args: Args
  ): Result {
    const wasRunning = running
    const before = running ? runners[(count - 1) % MAX_STRETCHES] : undefined
    change(request)
    try {
      return apply(plainRun, context, [request, apply, call, undefined, args]) as Result
    } finally {
      if (wasRunning && running) change(before)
      else closeNow()
    }
  }

  /** The scopes of Node 26 enter and leave a request so. */
  function enterWith(request: Request): void {
    if (running) change(request)
    apply(plainEnterWith, context, [request])
  }

  function begin(moment: number): void {
    if (runners.length === 0) {
      starts = new Float64Array(MAX_STRETCHES)
      ends = new Float64Array(MAX_STRETCHES)
      runners = new Array<Request | undefined>(MAX_STRETCHES).fill(undefined)
    }
    on = true
    count = 0
    from = moment
    to = Number.POSITIVE_INFINITY
    steps.enable()
    // Channels call these too, so every change of the store is seen.
    context.run = run as typeof context.run
    context.enterWith = enterWith
  }

  function end(moment: number): void {
    steps.disable()
    context.run = plainRun
    context.enterWith = plainEnterWith
    close(moment)
    outer.length = depth = 0
    on = false
    to = moment
  }

  /** Calls `call` for each stretch, the newest first. */
  function eachBetween(
    start: number,
    end: number,
    call: (from: number, to: number, request: Request | undefined) => void
  ): void {
    for (let i = count - 1; i >= Math.max(0, count - MAX_STRETCHES); i--) {
      const at = i % MAX_STRETCHES
      const endsAt = running && i === count - 1 ? now() : ends[at]!
      if (endsAt <= start) break
      const isNotable = runners[at] !== undefined || endsAt - starts[at]! >= NOTABLE_MS
      if (starts[at]! < end && isNotable) call(starts[at]!, endsAt, runners[at])
    }
  }

  /**
   * Whoever ran for more than half of the time of all but `own`, if anybody did. Each stretch votes with its length for who ran in it, and
   * against who is ahead (Boyer and Moore): one pass, without a sum for each request.
   */
  function mostOf(start: number, end: number, own: Request | undefined): Request | undefined {
    let first: Request | undefined
    let leadMs = 0
    eachBetween(start, end, (from, to, request) => {
      if (request === own) return
      leadMs += request === first ? to - from : from - to
      if (leadMs >= 0) return
      first = request
      leadMs = -leadMs
    })
    return first
  }

  function turnsBetween(
    start: number,
    end: number,
    firstTurns: Stretch[],
    own: Request | undefined
  ): Timeline['turns'] {
    if (count === 0 && firstTurns.length === 0) return undefined
    const first = Math.max(0, count - MAX_STRETCHES)
    const known = { from: count === 0 ? end : first > 0 ? starts[first % MAX_STRETCHES]! : from, to: Math.min(to, end) }
    // Handed over as one block of memory: of 8,192 stretches a plain array takes 0.8 ms here and 0.5 on the agent thread, this 0.2 and
    // 0.05, and is no garbage of either heap. Whole numbers, because a look answers with JSON, and fractions take four times as long.
    const told = new Float64Array((count - first + firstTurns.length) * 3)
    let length = 0
    const named = new Map<number, Request>()
    const name = (request: Request | undefined): boolean => {
      if (request && named.size < MAX_NAMED) named.set(request.id, request)
      return request === undefined || request === own || named.has(request.id)
    }
    name(mostOf(start, end, own))
    const add = (from: number, to: number, request: Request | undefined): boolean => {
      told[length++] = Math.round((from - start) * 1000)
      told[length++] = Math.round((to - start) * 1000)
      told[length++] = request?.id ?? 0
      return name(request)
    }
    let lastIsNamed = true
    eachBetween(start, end, (from, to, request) => {
      const wasNamed = lastIsNamed
      lastIsNamed = add(from, to, request)
      if (!wasNamed && !lastIsNamed && join(told, length)) length -= 3
    })
    for (const turn of firstTurns) {
      if (turn.start < known.from || turn.start >= known.to) add(turn.start, turn.end, turn.request)
    }
    return { ...known, stretchesUs: told.slice(0, length), requests: [...named.values()].map(({ ref }) => ref) }
  }

  return {
    beat(moment, busyShare, tellable) {
      const sinceMs = moment - lastBeat
      lastBeat = moment
      allowanceMs = Math.min(ALLOWANCE_MS, allowanceMs + sinceMs * REFILL_SHARE - (on ? sinceMs : 0))
      if (busyShare >= BUSY_SHARE && tellable.hasAged()) wantedAt = moment
      const wanted = moment - wantedAt < LINGER_MS
      // A timer's step is on the loop's own stack: whatever is still open was left by a step that threw.
      if (on && depth > 1) outer.length = depth = 1
      if (!on && wanted && allowanceMs > LINGER_MS * 2) begin(moment)
      else if (on && (!wanted || allowanceMs <= 0)) end(moment)
      else if (!on && count > 0 && (moment - to > FORGET_MS || !tellable.beganBefore(to))) {
        count = 0
        runners.fill(undefined)
      }
    },
    held: (start, end, request) => keep(firstTurns, { start, end, request }),
    silent(start, end, request) {
      const last = silences.at(-1)
      if (last?.request === request) last.end = end
      else keep(silences, { start, end, request })
    },
    between(start, end, own) {
      const lasts = (stretch: Interval): boolean => stretch.end > start && stretch.start < end
      const found = silences.filter(lasts).map(({ request, ...stretch }) => ({ ...stretch, request: request.ref }))
      return {
        turns: turnsBetween(start, end, firstTurns.filter(lasts), own),
        ...(found.length > 0 && { silences: found })
      }
    },
    letGo() {
      if (on) end(now())
      count = 0
      starts = ends = new Float64Array(0)
      runners = []
      firstTurns.length = silences.length = 0
    },
    stop() {
      if (on) end(now())
    }
  }
}

/** Joins the last two of these triples into the newer one, where they touch: the last is the older. False where they do not. */
function join(told: Float64Array, length: number): boolean {
  const older = length - 3
  const newer = length - 6
  const touch = told[newer]! - told[older + 1]! < TOUCH_MS * 1000
  if (!touch || told[newer + 1]! - told[older]! > MAX_JOINED_US) return false
  told[newer] = told[older]!
  if (told[newer + 2] !== told[older + 2]) told[newer + 2] = SEVERAL
  return true
}

function keep(stretches: Stretch[], stretch: Stretch): void {
  stretches.push(stretch)
  if (stretches.length > MAX_LONG) stretches.shift()
}
