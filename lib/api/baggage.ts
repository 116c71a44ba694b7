// Baggage as the API has it, and as the header `baggage` (https://www.w3.org/TR/baggage/). Pure.

import type { Baggage, BaggageEntry } from '@opentelemetry/api'
import { isPrintable } from '../record/chars.js'

/** What the specification asks to hand on; members beyond it are left out. */
const MAX_MEMBERS = 64
const MAX_BYTES = 8192

class PlainBaggage implements Baggage {
  readonly #entries: ReadonlyMap<string, BaggageEntry>

  constructor(entries: Iterable<[string, BaggageEntry]> = []) {
    this.#entries = new Map(entries)
  }

  getEntry(key: string): BaggageEntry | undefined {
    return this.#entries.get(key)
  }

  getAllEntries(): [string, BaggageEntry][] {
    return [...this.#entries]
  }

  setEntry(key: string, entry: BaggageEntry): Baggage {
    return new PlainBaggage([...this.#entries, [key, entry]])
  }

  removeEntry(key: string): Baggage {
    return this.removeEntries(key)
  }

  removeEntries(...keys: string[]): Baggage {
    return new PlainBaggage([...this.#entries].filter(([key]) => !keys.includes(key)))
  }

  clear(): Baggage {
    return new PlainBaggage()
  }
}

/** Undefined when nothing in it is a member. */
export function parseBaggage(header: string): Baggage | undefined {
  const entries = header
    .split(',')
    .slice(0, MAX_MEMBERS)
    .flatMap((member): [string, BaggageEntry][] => {
      const [pair = '', ...properties] = member.split(';')
      const equals = pair.indexOf('=')
      const key = decoded(pair.slice(0, Math.max(0, equals)))
      if (!key) return []
      const value = decoded(pair.slice(equals + 1)) ?? ''
      return [[key, properties.length > 0 ? { value, metadata: metadataOf(properties.join(';')) } : { value }]]
    })
  return entries.length > 0 ? new PlainBaggage(entries) : undefined
}

export function formatBaggage(baggage: Baggage): string | undefined {
  const members: string[] = []
  let bytes = 0
  for (const entry of baggage.getAllEntries()) {
    const member = memberOf(entry)
    if (member === undefined) continue
    if (members.length === MAX_MEMBERS || bytes + member.length + 1 > MAX_BYTES) continue
    bytes += member.length + 1
    members.push(member)
  }
  return members.length > 0 ? members.join(',') : undefined
}

/** Undefined for what no header may have, as half a surrogate pair and metadata of other letters: all members would be lost of it. */
function memberOf([key, { value, metadata }]: [string, BaggageEntry]): string | undefined {
  try {
    const pair = `${encodeURIComponent(key)}=${encodeURIComponent(value)}`
    // Metadata is handed on as the application has it.
    const member = metadata ? `${pair};${metadata.toString()}` : pair
    return isPrintable(member) ? member : undefined
  } catch {
    return undefined
  }
}

type Metadata = NonNullable<BaggageEntry['metadata']>

/** The mark by which the API knows metadata for its own. */
const metadataOf = (text: string): Metadata =>
  ({ __TYPE__: Symbol.for('BaggageEntryMetadata'), toString: () => text }) as unknown as Metadata

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim())
  } catch {
    return undefined
  }
}
