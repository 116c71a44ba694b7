// Whatever bytes come, our parsers neither throw nor take longer than linear time. The corpus is cut, spliced and flipped by a
// generator with a fixed seed, so that what fails once fails again; structure comes from test/scrub/, test/otlp/ and test/record/.

import assert from 'node:assert/strict'
import { checkSync } from 'recheck'
import { LONG_FORM, skip } from '../harness/skip.js'
import { sources, text } from '../imports.js'
import { growth } from '../scrub/growth.js'
import { PARSERS } from './parsers.js'
import { inputs, LONG, tried } from './table.js'

const INPUTS = inputs(4_000, 1_000_000)
const MAX_CHARS = 400

/** xorshift32. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Bytes of the corpus, each time a little further from what it was. */
function mutator(corpus: string[], pieces: string[]): () => Buffer {
  const random = randomFrom(0x5eed)
  const pool = corpus.map(text => Buffer.from(text, 'latin1'))
  const any = (): Buffer => pool[random(pool.length)]!
  return () => {
    let bytes = Buffer.from(any())
    for (let i = random(4); i >= 0; i--) {
      const at = random(bytes.length + 1)
      const other = any()
      const added = [
        Buffer.from(pieces[random(pieces.length)]!.repeat(1 + random(20)), 'latin1'),
        Buffer.from([random(256), random(256)]),
        other.subarray(random(other.length), random(other.length + 1)),
        Buffer.alloc(0)
      ][random(4)]!
      bytes = Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(Math.min(bytes.length, at + random(6)))])
    }
    const cut = bytes.subarray(0, MAX_CHARS)
    if (random(50) === 0) pool[random(pool.length)] = cut.length > 0 ? cut : pool[0]!
    return cut
  }
}

describe('a parser of ours', () => {
  for (const [name, { run, corpus, pieces }] of Object.entries(PARSERS)) {
    it(`(${name}) throws at nothing`, function () {
      this.timeout(LONG ? 600_000 : 60_000)
      const next = mutator(corpus, pieces)
      for (let i = 0; i < INPUTS; i++) {
        const bytes = next()
        try {
          run(bytes.toString('latin1'), bytes)
        } catch (error) {
          assert.fail(`${JSON.stringify(bytes.toString('latin1'))}\n${(error as Error).stack}`)
        }
      }
      assert.equal(({} as { x?: unknown }).x, undefined, 'no prototype is polluted')
      tried('parsers throw at nothing', INPUTS, 0)
    })

    it(`(${name}) takes linear time`, function () {
      this.timeout(120_000)
      for (const piece of pieces) {
        const work = (text: string): void => run(text, Buffer.from(text, 'latin1'))
        // The best of three, since a busy machine only ever adds.
        const grows = Math.min(...[1, 2, 3].map(() => growth(work, piece, LONG ? 32_000 : 16_000)))
        assert.ok(grows < 9, `${JSON.stringify(piece)}: 4 × the text takes ${grows.toFixed(1)} × the time`)
        tried('parsers take linear time', 1, 0)
      }
    })
  }
})

/** Not linear, and why that is no danger: what they read is short, or the operator's own. */
const BOUNDED: Record<string, string> = {
  'lib/option-types.ts': "the operator's own variables",
  'lib/kernel/attach.ts': "the version line of the operator's own tool",
  'lib/kernel/names.ts': 'addresses of our own reports, below 300 characters',
  'lib/kernel/needs.ts': '/proc/PID/status, one line each',
  'lib/kernel/network.ts': 'addresses of our own reports, below 300 characters',
  'lib/kernel/on-cpu.ts': "a line of perf's, whose names have 15 characters",
  'lib/kernel/windows.ts': '/proc/PID/status, one line each',
  'lib/scrub/url.ts': 'texts are cut to 2,048 characters before (worst measured: see docs/reliability.md)',
  'lib/scrub/ids.ts': 'the tool comes to no end; the pattern has a fixed length'
}

const LITERAL = /(?:^|[=(,:[!&|?{};]|=>|return)\s*\/(?![*/])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuvy]*)/g

describe('our regular expressions', () => {
  it('are linear, as a checker says, or read what is short', function () {
    if (!LONG) skip(this, LONG_FORM)
    this.timeout(300_000)
    const found: string[] = []
    let checked = 0
    for (const file of sources()) {
      const code = text(file)
        .split('\n')
        .filter(line => !/^\s*(?:\/\/|\*|\/\*)/.test(line))
        .join('\n')
      for (const [, source = '', flags = ''] of code.matchAll(LITERAL)) {
        try {
          new RegExp(source, flags)
        } catch {
          continue
        }
        checked++
        const { status } = checkSync(source, flags, { timeout: 5000 })
        if (status !== 'safe' && !(file in BOUNDED)) found.push(`${file} /${source}/${flags} ${status}`)
      }
    }
    assert.deepEqual(found, [])
    assert.ok(checked > 150, `${checked} checked`)
    tried(
      'our regular expressions are linear',
      checked,
      found.length,
      `${Object.keys(BOUNDED).length} files with bounded input`
    )
  })

  it('take a bounded time where they are not', () => {
    const { run } = PARSERS['errors']!
    for (const piece of ['://', ':///', '://:@', '://a:', '://a:1@', ':// ', 'aA', ' [as ']) {
      const long = piece.repeat(100_000)
      const began = performance.now()
      for (let i = 0; i < 10; i++) run(long, Buffer.alloc(0))
      const eachMs = (performance.now() - began) / 10
      assert.ok(eachMs < 100, `${piece}: ${eachMs.toFixed(1)} ms`)
      tried('our regular expressions take a bounded time', 10, 0, `${eachMs.toFixed(2)} ms`)
    }
  })
})
