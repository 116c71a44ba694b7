// W3C Trace Context, level 2 (https://www.w3.org/TR/trace-context-2/), and what of it level 1 has: `traceparent` says which
// trace a request belongs to, `tracestate` what each system on the way noted. Pure.
//
//   traceparent: 00-TRACE ID (32 hex)-PARENT ID (16 hex)-FLAGS (2 hex)     tracestate: perfagent=orders,theirs=1
//
// A traceparent that breaks the specification starts a new trace, and its tracestate is then ignored; a tracestate that breaks
// it is dropped whole. Our own member of tracestate names the service, so that the called one knows who called.

import { isDigit, isHex, isLower, isZeros } from './chars.js'
import type { Parent } from './propagation.js'

/** A header longer than a later version could reasonably need is not looked at. */
const MAX_TRACEPARENT = 512
const SAMPLED = 1
/** Level 2: the last 56 bits of the trace id are random, so samplers may decide by them. */
const RANDOM = 2

/** Without what a later version may have behind. */
const CHARS = 55
const DASHES = [2, 35, 52, 55]

export function parseTraceparent(header: string | undefined): Parent | undefined {
  if (header === undefined || header.length > MAX_TRACEPARENT) return undefined
  const text = header.trim()
  if (text.length < CHARS || DASHES.some(at => at < text.length && text[at] !== '-')) return undefined
  if (text.includes('\n') || text.includes('\r')) return undefined
  const [version, traceId, spanId, flags] = [
    text.slice(0, 2),
    text.slice(3, 35),
    text.slice(36, 52),
    text.slice(53, CHARS)
  ]
  if (![version, traceId, spanId, flags].every(isHex)) return undefined
  if (version === 'ff' || (version === '00' && text.length > CHARS)) return undefined
  if (isZeros(traceId) || isZeros(spanId)) return undefined
  const bits = Number.parseInt(flags, 16)
  return {
    traceId,
    spanId,
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

const MAX_KEY_CHARS = 256
/** Of a key `tenant@system`. */
const MAX_TENANT_CHARS = 241
const MAX_SYSTEM_CHARS = 14
const MAX_VALUE_CHARS = 256

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
    const equals = member.indexOf('=')
    const [key, value] = [member.slice(0, Math.max(0, equals)), member.slice(equals + 1)]
    if (!isKey(key) || !isValue(value)) return false
    keys.add(key)
    if (key === OWN) caller = unescapeName(value)
    return key !== OWN
  })
  // A member that is none, or a key that comes twice.
  if (keys.size !== members.length) return none
  return { others: others.join(','), caller }
}

function isKey(key: string): boolean {
  const at = key.indexOf('@')
  if (at < 0) return isName(key, MAX_KEY_CHARS, true)
  return isName(key.slice(0, at), MAX_TENANT_CHARS, true) && isName(key.slice(at + 1), MAX_SYSTEM_CHARS, false)
}

function isName(name: string, maxChars: number, mayBeginWithDigit: boolean): boolean {
  if (name.length === 0 || name.length > maxChars) return false
  if (!isLower(name.charCodeAt(0)) && !(mayBeginWithDigit && isDigit(name.charCodeAt(0)))) return false
  for (let i = 1; i < name.length; i++) {
    const char = name.charCodeAt(i)
    if (!isLower(char) && !isDigit(char) && !'_*/-'.includes(name[i]!)) return false
  }
  return true
}

function isValue(value: string): boolean {
  if (value.length === 0 || value.length > MAX_VALUE_CHARS) return false
  for (let i = 0; i < value.length; i++) {
    const char = value.charCodeAt(i)
    if (char < 0x20 || char > 0x7e || value[i] === ',' || value[i] === '=') return false
  }
  return true
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
  return cut.length > 0 && cut.length <= MAX_VALUE_CHARS ? cut : 'unknown'
}

function unescapeName(value: string): string {
  try {
    return decodeURIComponent(value).slice(0, MAX_NAME_CHARS)
  } catch {
    return value.slice(0, MAX_NAME_CHARS)
  }
}
