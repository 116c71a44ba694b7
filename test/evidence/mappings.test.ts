// Source maps, decoded: as Node's own SourceMap has them, whatever they hold.

import assert from 'node:assert/strict'
import { SourceMap } from 'node:module'
import fc from 'fast-check'
import { decode, type SourceMapJson } from '../../lib/evidence/mappings.js'

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function written(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2
  let text = ''
  do {
    const digit = rest % 32
    rest = Math.floor(rest / 32)
    text += DIGITS[rest > 0 ? digit + 32 : digit]
  } while (rest > 0)
  return text
}

/** Of each segment how much further to the right it is, and what the place in the source is, if it has one. */
type Line = { right: number; source: { nth: number; line: number; column: number; named: boolean } | null }[]

function mappingsOf(lines: Line[]): string {
  let [nth, sourceLine, sourceColumn] = [0, 0, 0]
  return lines
    .map(line =>
      line
        .map(({ right, source }) => {
          if (!source) return written(right)
          const numbers = [right, source.nth - nth, source.line - sourceLine, source.column - sourceColumn]
          ;[nth, sourceLine, sourceColumn] = [source.nth, source.line, source.column]
          return [...numbers, ...(source.named ? [0] : [])].map(written).join('')
        })
        .join(',')
    )
    .join(';')
}

const SOURCES = ['a.ts', 'b.ts', 'c.ts']
const place = fc.record({ nth: fc.nat(2), line: fc.nat(100_000), column: fc.nat(500), named: fc.boolean() })
const line = fc.array(fc.record({ right: fc.integer({ min: 1, max: 40 }), source: fc.option(place) }), { maxLength: 6 })
const map = fc.array(line, { maxLength: 6 }).map(lines => ({
  version: 3,
  names: ['x'],
  sources: SOURCES,
  // Node (20 to 26) takes a last segment without a source for one with.
  mappings: `${mappingsOf(lines)};`
}))

function sameAsNode(json: SourceMapJson): void {
  const [ours, theirs] = [decode(json), new SourceMap(json as never)]
  for (let line = 0; line < 20; line++) {
    for (const column of [0, 1, 5, 20, 100, Number.MAX_SAFE_INTEGER]) {
      const entry = theirs.findEntry(line, column)
      const told = 'originalSource' in entry && entry.originalSource !== undefined
      assert.deepEqual(
        ours.find(line, column),
        told ? { source: entry.originalSource, line: entry.originalLine, column: entry.originalColumn } : undefined,
        `${line}:${column} of ${JSON.stringify(json)}`
      )
    }
  }
}

describe('the mappings of a source map', () => {
  it('lead to the same places as by Node', () => fc.assert(fc.property(map, sameAsNode)))

  it('lead to the same places as by Node, in sections', () =>
    fc.assert(
      fc.property(map, map, fc.nat(10), fc.nat(30), (first, second, down, column) => {
        const line = first.mappings.split(';').length + down
        const sections = [
          { offset: { line: 0, column: 0 }, map: first },
          { offset: { line, column }, map: second }
        ]
        sameAsNode({ version: 3, sections } as SourceMapJson)
      })
    ))

  it('lead to the same places as by Node, in a section that begins far below', () => {
    const far = { offset: { line: 1e9, column: 0 }, map: { sources: ['b.ts'], names: [], mappings: 'AACA;AACA' } }
    const json = {
      version: 3,
      sections: [{ offset: { line: 0, column: 0 }, map: { ...far.map, mappings: 'AAAA' } }, far]
    }
    sameAsNode(json)
    assert.deepEqual(decode(json).find(1e9 + 1, 3), { source: 'b.ts', line: 2, column: 0 })
  })

  it('take no memory for lines that have none', () => {
    const mappings = Buffer.from(`AAAA${';'.repeat(7e6)}AACA`).toString()
    // Others' garbage comes in between; what is decoded stays.
    const times = [1, 2, 3].map(() => {
      const before = memory()
      const decoded = decode({ sources: ['a.ts'], mappings })
      return { decoded, bytes: memory() - before }
    })
    const bytes = Math.min(...times.map(({ bytes }) => bytes))
    assert.ok(bytes < 1e6, `${bytes} bytes`)
    for (const { decoded } of times) assert.deepEqual(decoded.find(7e6, 0), { source: 'a.ts', line: 1, column: 0 })
  })
  const memory = (): number => process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed

  for (const line of [1e15, -1, undefined as never])
    it(`sections that begin at line ${line} are none`, () => {
      const sections = [{ offset: { line, column: 0 }, map: { sources: ['a.ts'], mappings: 'AAAA' } }]
      assert.throws(() => decode({ sections }))
    })

  for (const mappings of ['A!', 'AAAA,DAAA', 'g', 'ä'])
    it(`${mappings} are none`, () => assert.throws(() => decode({ sources: ['a.ts'], mappings })))
})
