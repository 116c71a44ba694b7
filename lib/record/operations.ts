// What one request did: its operations, each a record of its own as long as there is room. Main thread and workers, inside the
// application's stack.
//
// Bounded: beyond a limit calls with the same text are folded into one operation that counts them, and beyond MAX_FOLDED distinct texts
// into one for each kind. What was folded counts as dropped. So does a call for which the bound of all requests in flight leaves no room
// (footprint.ts); nothing else is known of it.

import type { BySystem, Operation } from '../types.js'
import { bytesOf, type Footprint, UNDER_WAY_BYTES } from './footprint.js'
import type { Standing } from './lines.js'

const MAX_FOLDED = 100
const MAX_FOLD_KEY = 256
const NO_WAIT_MS = 1

/** A call that is not kept itself, only counted in another. */
interface FoldedOperation extends Standing {
  foldedInto?: Fold
}

/** Stands for many calls, of which `open` are under way. */
interface Fold extends Operation {
  open: number
  atOnce: number
}

export class Operations {
  kept: Standing[] = []
  dropped = 0
  /** How many waits for a pool were none, and are not kept. A verdict learns from it how many connections there were. */
  gotAtOnce: BySystem[] | undefined
  /** Their part of what all requests keep. */
  #bytes = 0
  /** Calls, kept or not, whose end is waited for. */
  #underWay = 0
  #folded: Map<string, Fold> | undefined
  readonly #all: Footprint

  constructor(all: Footprint) {
    this.#all = all
  }

  /** One more call is under way. False when there is no room to wait for its end. */
  follow(): boolean {
    if (this.#all.bytes + UNDER_WAY_BYTES > this.#all.maxFollowedBytes) {
      this.dropped++
      return false
    }
    this.#underWay++
    this.#all.bytes += UNDER_WAY_BYTES
    return true
  }

  /** One has ended. For those that end after their request, `leave` has done this. */
  unfollow(): void {
    if (this.#underWay === 0) return
    this.#underWay--
    this.#all.bytes -= UNDER_WAY_BYTES
  }

  /** False when there was no room for it. */
  keep(operation: Operation, limit: number): boolean {
    return this.kept.length < limit ? this.#add(operation) : this.#fold(operation)
  }

  end(operation: FoldedOperation): void {
    this.unfollow()
    if (this.#isNoWait(operation)) {
      this.#forgetLast()
      this.#count(operation.system)
    }
    const { foldedInto } = operation
    if (!foldedInto) return
    foldedInto.busyMs += operation.end - operation.start
    foldedInto.end = operation.end
    foldedInto.open--
  }

  /** Its request has ended: whatever is still under way counts no more. */
  leave(): void {
    this.letGo()
    this.#all.bytes -= this.#underWay * UNDER_WAY_BYTES
    this.#underWay = 0
  }

  /** Forgets all that it kept; returns how many calls that were, without those that were folded. */
  letGo(): number {
    const calls = this.kept.length - (this.#folded?.size ?? 0)
    this.kept = []
    this.gotAtOnce = undefined
    this.#folded = undefined
    this.#all.bytes -= this.#bytes
    this.#bytes = 0
    return calls
  }

  #add(operation: Operation): boolean {
    const bytes = bytesOf(operation)
    if (this.#all.bytes + bytes > this.#all.maxBytes) {
      this.dropped++
      return false
    }
    this.#all.bytes += bytes
    this.#bytes += bytes
    this.kept.push(operation)
    return true
  }

  #fold(operation: FoldedOperation): boolean {
    this.#folded ??= new Map()
    // A text alone: to join it with the kind took a fifth of what an operation costs.
    const key = typeof operation.text === 'string' ? operation.text.slice(0, MAX_FOLD_KEY) : operation.kind
    const place = this.#folded.size < MAX_FOLDED || this.#folded.has(key) ? key : operation.kind
    let folded = this.#folded.get(place)
    if (!folded) {
      folded = { ...operation, count: 0, open: 0, atOnce: 0 }
      if (!this.#add(folded)) return false
      this.#folded.set(place, folded)
    }
    this.dropped++
    folded.count++
    folded.open++
    if (folded.open > folded.atOnce) folded.atOnce = folded.open
    // The queue of a pool as it was when most waited in it.
    if (folded.pool && operation.pool && operation.pool.waiting > folded.pool.waiting) folded.pool = operation.pool
    operation.foldedInto = folded
    return true
  }

  /** A pool with a free connection is no event; each query through one would be told twice. */
  #isNoWait(operation: Operation): boolean {
    return (
      operation.kind === 'pool' &&
      operation.end - operation.start < NO_WAIT_MS &&
      operation.error === undefined &&
      this.kept.at(-1) === operation
    )
  }

  /** Hardly ever is it more than one system. */
  #count(system: string): void {
    this.gotAtOnce ??= []
    for (const each of this.gotAtOnce) {
      if (each.system !== system) continue
      each.count++
      return
    }
    this.gotAtOnce.push({ system, count: 1 })
  }

  #forgetLast(): void {
    const bytes = bytesOf(this.kept.pop()!)
    this.#all.bytes -= bytes
    this.#bytes -= bytes
  }
}
