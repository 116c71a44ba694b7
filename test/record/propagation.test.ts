import assert from 'node:assert/strict'
import { parseTraceparent, usableTracestate } from '../../lib/record/propagation.js'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

describe('traceparent', () => {
  const accepted: [title: string, header: string][] = [
    ['version 00', `00-${TRACE}-${SPAN}-01`],
    ['unknown flags', `00-${TRACE}-${SPAN}-ff`],
    ['a later version', `cc-${TRACE}-${SPAN}-01`],
    ['a later version with more behind', `cc-${TRACE}-${SPAN}-01-what-the-future-brings`],
    ['blanks around', ` 00-${TRACE}-${SPAN}-01 `]
  ]
  for (const [title, header] of accepted) {
    it(`accepts ${title}`, () => {
      const parent = parseTraceparent(header)
      assert.equal(parent?.traceId, TRACE)
      assert.equal(parent?.spanId, SPAN)
    })
  }

  const refused: [title: string, header: string | undefined][] = [
    ['nothing', undefined],
    ['an empty header', ''],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['version 00 with more behind', `00-${TRACE}-${SPAN}-01-more`],
    ['an all-zero trace id', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['an all-zero span id', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['two headers joined', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['10 kB', `cc-${TRACE}-${SPAN}-01-${'a'.repeat(10_000)}`]
  ]
  for (const [title, header] of refused) {
    it(`begins a new trace for ${title}`, () => assert.equal(parseTraceparent(header), undefined))
  }
})

describe('tracestate', () => {
  it('passes on what fits', () => assert.equal(usableTracestate('a=1,b=2'), 'a=1,b=2'))
  it('drops what is too long, or no text', () => {
    assert.equal(usableTracestate('a'.repeat(513)), undefined)
    assert.equal(usableTracestate('a=\u0001'), undefined)
    assert.equal(usableTracestate(''), undefined)
  })
})
