// What is told apart without regular expressions, since it is asked for on top of whatever runs (lib/record/chars.ts), is what these
// expressions of the specifications would tell.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { normalizePath } from '../../lib/hook/route.js'
import { parseB3 } from '../../lib/record/propagation-b3.js'
import { parseTraceparent, parseTracestate } from '../../lib/record/propagation-w3c.js'

const RUNS = { numRuns: 3000 }
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const KEY = '[a-z0-9][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13}'
const MEMBER = new RegExp(`^(${KEY})=([\\x20-\\x2b\\x2d-\\x3c\\x3e-\\x7e]{1,256})$`)
const B3 = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d]))?(?:-[0-9a-f]{16})?$/
const ID = /^(?:\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}|(?=.*\d)[\w-]{20,})$/i
const WITH_EXTENSION = /^([^.]*)(\.[a-z].*)$/i

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
/** Mostly right, and now and then not: one more, one less, another character. */
const nearly = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(text, fc.nat(3), fc.nat(60), fc.constantFrom('', 'g', 'A', '-', '0', ' ', '@', '=', '\u00e9', '\n', '_'))
    .map(([text, rare, at, put]) => (rare > 0 ? text : text.slice(0, at) + put + text.slice(at + 1)))

describe('without regular expressions', () => {
  it('a traceparent is read as by one', () => {
    const some = nearly(
      fc
        .tuple(
          fc.constantFrom('00', '01', 'ff', 'cc'),
          hex(32),
          hex(16),
          hex(2),
          fc.constantFrom('', '', '-', '-x', '.x')
        )
        .map(([version, trace, span, flags, rest]) => `${version}-${trace}-${span}-${flags}${rest}`)
    )
    fc.assert(
      fc.property(some, header => {
        const [, version, traceId, spanId, , rest] = TRACEPARENT.exec(header.trim()) ?? []
        const isTaken = traceId !== undefined && version !== 'ff' && !(version === '00' && rest !== undefined)
        const found = parseTraceparent(header)
        assert.deepEqual([found?.traceId, found?.spanId], isTaken ? [traceId, spanId] : [undefined, undefined])
      }),
      RUNS
    )
  })

  it('a member of tracestate is taken as by one', () => {
    const name = fc.string({ unit: fc.constantFrom(...'abz019_*/-'), minLength: 1, maxLength: 20 })
    const key = fc.oneof(
      name,
      fc.tuple(name, name).map(([tenant, system]) => `${tenant}@${system}`)
    )
    const some = nearly(fc.tuple(key, fc.string({ maxLength: 20 })).map(([key, value]) => `${key}=${value}`))
    fc.assert(
      fc.property(some, member => {
        // What has commas is several, what begins or ends with blanks is trimmed.
        fc.pre(!member.includes(',') && member.trim() === member && member !== '')
        assert.equal(parseTracestate(member).others, MEMBER.test(member) ? member : '')
      }),
      RUNS
    )
  })

  it('B3 is read as by one', () => {
    const some = nearly(
      fc
        .tuple(
          fc.oneof(hex(16), hex(32)),
          hex(16),
          fc.constantFrom('', '-0', '-1', '-d', '-', '-2'),
          fc.oneof(
            fc.constant(''),
            hex(16).map(id => `-${id}`)
          )
        )
        .map(parts => `${parts[0]}-${parts[1]}${parts[2]}${parts[3]}`)
    )
    const none = { traceId: undefined, spanId: undefined, sampled: undefined, flags: undefined }
    fc.assert(
      fc.property(some, header => {
        const [, traceId, spanId] = B3.exec(header.trim().toLowerCase()) ?? []
        const isZero = /^0+$/.test(traceId ?? '0') || /^0+$/.test(spanId ?? '0')
        assert.equal(parseB3({ ...none, b3: header })?.traceId, isZero ? undefined : traceId!.padStart(32, '0'))
      }),
      RUNS
    )
  })

  it('an id in a path is known as by one', () => {
    const uuid = fc.uuid()
    const word = fc.string({ unit: fc.constantFrom(...'abcfgzA09_-.'), minLength: 1, maxLength: 40 })
    const digits = fc.string({ unit: fc.constantFrom(...'059'), minLength: 1, maxLength: 30 })
    const letters = fc.string({ unit: fc.constantFrom(...'abcdef'), minLength: 32, maxLength: 32 })
    const dashed = letters.map(text => text.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
    fc.assert(
      fc.property(nearly(fc.oneof(uuid, word, digits, hex(16), letters, dashed)), segment => {
        fc.pre(/^[\x21-\x7e]+$/.test(segment) && !/[/?#]/.test(segment))
        const [, word = segment, extension = ''] = WITH_EXTENSION.exec(segment) ?? []
        assert.equal(normalizePath(`/a/${segment}/b`), `/a/${ID.test(word) ? `:id${extension}` : segment}/b`)
      }),
      RUNS
    )
  })
})
