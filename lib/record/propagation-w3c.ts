// W3C Trace Context, level 2 (https://www.w3.org/TR/trace-context-2/), and what of it level 1 has: `traceparent` says which
// trace a request belongs to, `tracestate` what each system on the way noted. Pure.
//
//   traceparent: 00-TRACE ID (32 hex)-PARENT ID (16 hex)-FLAGS (2 hex)     tracestate: perfagent=orders,theirs=1
//
// A traceparent that breaks the specification starts a new trace, and its tracestate is then ignored; a tracestate that breaks
// it is dropped whole. Our own member of tracestate names the service, so that the called one knows who called.

import type { Parent } from './propagation.js'

/** A header longer than a later version could reasonably need is not looked at. */
const MAX_TRACEPARENT = 512
const SAMPLED = 1
/** Level 2: the last 56 bits of the trace id are random, so samplers may decide by them. */
const RANDOM = 2

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

export function parseTraceparent(header: string | undefined): Parent | undefined {
  if (header === undefined || header.length > MAX_TRACEPARENT) return undefined
  const match = TRACEPARENT.exec(header.trim())
  if (!match) return undefined
  const [, version, traceId, spanId, flags, rest] = match
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  if (/^0+$/.test(traceId!) || /^0+$/.test(spanId!)) return undefined
  const bits = Number.parseInt(flags!, 16)
  return {
    traceId: traceId!,
    spanId: spanId!,
    sampled: (bits & SAMPLED) !== 0,
    random: (bits & RANDOM) !== 0,
    debug: false
  }
}

/** Of the flags only those are handed on that the specification knows. */
export const formatTraceparent = (traceId: string, spanId: string, sampled: boolean, random: boolean): string =>
  `00-${traceId}-${spanId}-0${(sampled ? SAMPLED : 0) | (random ? RANDOM : 0)}`

const OWN = 'perfagent'
const MAX_MEMBERS = 32
/** What the specification asks to hand on at least; beyond it members go, long ones first, and then the oldest. */
const MAX_CHARS = 512
const LONG_MEMBER = 128

const KEY = '[a-z0-9][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13}'
const MEMBER = new RegExp(`^(${KEY})=([\\x20-\\x2b\\x2d-\\x3c\\x3e-\\x7e]{1,256})$`)

export interface Tracestate {
  /** All members but ours, as they came; '' when there is none. */
  others: string
  /** The service that called, where it has perfagent. */
  caller: string | undefined
}

export function parseTracestate(header: string | undefined): Tracestate {
  const none = { others: '', caller: undefined }
  if (!header) return none
  const members = header.split(',').flatMap(member => trim(member) || [])
  if (members.length > MAX_MEMBERS) return none
  const keys = new Set<string>()
  let caller: string | undefined
  const others = members.filter(member => {
    const [, key, value] = MEMBER.exec(member) ?? []
    if (key === undefined) return false
    keys.add(key)
    if (key === OWN) caller = unescapeName(value!)
    return key !== OWN
  })
  // A member that is none, or a key that comes twice.
  if (keys.size !== members.length) return none
  return { others: others.join(','), caller }
}

/** Of what the specification calls optional whitespace; linear, which a regular expression for both ends is not. */
function trim(member: string): string {
  const isBlank = (at: number): boolean => member[at] === ' ' || member[at] === '\t'
  let from = 0
  let to = member.length
  while (from < to && isBlank(from)) from++
  while (to > from && isBlank(to - 1)) to--
  return member.slice(from, to)
}

/** Ours comes first, as the specification asks of whoever changes the list. */
export function formatTracestate(others: string, serviceName: string): string {
  const own = ownMember(serviceName)
  if (others === '') return own
  const members = others.split(',')
  const tooLong = (): boolean => members.join(',').length + own.length >= MAX_CHARS
  for (let i = members.length - 1; i >= 0 && tooLong(); i--) if (members[i]!.length > LONG_MEMBER) members.splice(i, 1)
  while (members.length >= MAX_MEMBERS || (members.length > 0 && tooLong())) members.pop()
  return [own, ...members].join(',')
}

const MAX_NAME_CHARS = 64

let lastName: string | undefined
let lastMember = ''

/** The same for each outgoing call, and dearer than the rest of its headers. */
function ownMember(serviceName: string): string {
  if (serviceName !== lastName) lastMember = `${OWN}=${escapeName(serviceName)}`
  lastName = serviceName
  return lastMember
}

/** Percent-encoded: a value has neither comma nor equals sign nor anything beyond ASCII. */
function escapeName(name: string): string {
  const cut = encodeURIComponent(
    name
      .replace(/\p{Surrogate}/gu, '')
      .slice(0, MAX_NAME_CHARS)
      .replace(/\p{Surrogate}/gu, '')
  )
  return cut.length > 0 && cut.length <= 256 ? cut : 'unknown'
}

function unescapeName(value: string): string {
  try {
    return decodeURIComponent(value).slice(0, MAX_NAME_CHARS)
  } catch {
    return value.slice(0, MAX_NAME_CHARS)
  }
}
