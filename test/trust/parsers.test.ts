// Whatever bytes come, our parsers neither throw nor take longer than linear time. The corpus is cut, spliced and flipped by a
// generator with a fixed seed, so that what fails once fails again; structure comes from test/scrub/, test/otlp/ and test/record/.

import assert from 'node:assert/strict'
import { checkSync, type VulnerableDiagnostics } from 'recheck'
import { sources, text } from '../imports.js'
import { growth, growthBy } from '../scrub/growth.js'
import { PARSERS, randomFrom } from './parsers.js'
import { inputs, LONG, tried } from './table.js'

const INPUTS = inputs(4_000, 1_000_000)
const MAX_CHARS = 400

/**
 * Bytes of the corpus, each time a little further from what it was. They are changed in place: a generator that joins buffers took
 * ten times as long as some of the parsers.
 */
function mutator(corpus: string[], pieces: string[]): () => Buffer {
  const random = randomFrom(0x5eed)
  const pool = corpus.map(text => Buffer.from(text, 'latin1').subarray(0, MAX_CHARS))
  const repeated = pieces.map(piece => Buffer.from(piece.repeat(20), 'latin1'))
  const scratch = Buffer.alloc(2 * MAX_CHARS)
  const any = (): Buffer => pool[random(pool.length)]!

  /** Puts `added` in the place of some bytes at a place; how long it is then. */
  function splice(length: number, added: Buffer, addedLength: number): number {
    const at = random(length + 1)
    const tail = Math.min(length, at + random(6))
    const put = Math.min(addedLength, MAX_CHARS - at)
    scratch.copyWithin(at + put, tail, length)
    added.copy(scratch, at, 0, put)
    return Math.min(MAX_CHARS, at + put + length - tail)
  }

  const two = Buffer.alloc(2)
  return () => {
    let length = any().copy(scratch)
    for (let i = random(4); i >= 0; i--) {
      const kind = random(4)
      if (kind === 0) {
        const i = random(pieces.length)
        length = splice(length, repeated[i]!, pieces[i]!.length * (1 + random(20)))
      } else if (kind === 1) {
        two[0] = random(256)
        two[1] = random(256)
        length = splice(length, two, 2)
      } else if (kind === 2) {
        const other = any()
        length = splice(length, other, random(other.length + 1))
      } else length = splice(length, two, 0)
    }
    const bytes = scratch.subarray(0, length)
    // Some of them cut, or all would be as long as may be: what is short gets to other places.
    if (length > 0 && random(50) === 0)
      pool[random(pool.length)] = Buffer.from(bytes.subarray(0, random(4) === 0 ? 1 + random(length) : length))
    return bytes
  }
}

const RETIMED = 20
const ROUNDS = 20
/** All inputs are of one length, but some say more than others. */
const MOST_TIMES_THE_MEAN = 100

/** Of all inputs the slowest, which are timed again: what a busy machine added to one it hardly adds to it each time. */
function keepSlowest() {
  const kept: { ms: number; bytes: Buffer }[] = []
  let count = 0
  let sumMs = 0
  return {
    took(ms: number, bytes: Buffer): void {
      count++
      sumMs += ms
      if (kept.length === RETIMED && ms <= kept.at(-1)!.ms) return
      kept.push({ ms, bytes: Buffer.from(bytes) })
      kept.sort((a, b) => b.ms - a.ms)
      kept.length = Math.min(kept.length, RETIMED)
    },
    again(run: (bytes: Buffer) => void): { eachMs: number; worstMs: number; worst: string } {
      const best = kept.map(({ bytes }) => {
        const rounds = Array.from({ length: ROUNDS }, () => {
          const began = performance.now()
          run(bytes)
          return performance.now() - began
        })
        return { ms: Math.min(...rounds), bytes }
      })
      const [worst] = best.sort((a, b) => b.ms - a.ms)
      return { eachMs: sumMs / count, worstMs: worst!.ms, worst: worst!.bytes.toString('latin1') }
    }
  }
}

/** Four times the text: 4 is linear, 16 quadratic. */
const MOST_GROWTH = 9
/**
 * The best of three, since a busy machine only ever adds. Of several lengths, since at one of them V8 and the kernel begin to make room for
 * each text anew, or for a list of its parts, which is a step of up to 30 times (Node 20) and no growth: what is quadratic is so at each.
 */
const LENGTHS = LONG ? [32_000, 128_000, 64_000] : [16_000, 64_000, 128_000]

describe('a parser of ours', () => {
  for (const [name, { run, corpus, pieces, variants = 1 }] of Object.entries(PARSERS)) {
    it(`(${name}) throws at nothing`, function () {
      this.timeout(LONG ? 600_000 : 60_000)
      const next = mutator(corpus, pieces)
      const slowest = keepSlowest()
      for (let i = 0; i < INPUTS; i++) {
        const bytes = next()
        const began = performance.now()
        try {
          run(bytes.toString('latin1'), bytes)
        } catch (error) {
          assert.fail(`${JSON.stringify(bytes.toString('latin1'))}\n${(error as Error).stack}`)
        }
        slowest.took(performance.now() - began, bytes)
      }
      assert.equal(({} as { x?: unknown }).x, undefined, 'no prototype is polluted')
      const { eachMs, worstMs, worst } = slowest.again(bytes => run(bytes.toString('latin1'), bytes))
      assert.ok(worstMs < eachMs * MOST_TIMES_THE_MEAN, `${worstMs} of ${eachMs} ms: ${JSON.stringify(worst)}`)
      const [eachUs, worstUs] = [eachMs, worstMs].map(ms => (ms * 1000).toFixed(0))
      tried('parsers throw at nothing', INPUTS, 0, `${name}: ${eachUs} µs, at worst ${worstUs}`)
    })

    it(`(${name}) takes linear time`, function () {
      this.timeout(120_000)
      for (const piece of pieces)
        for (let variant = 0; variant < variants; variant++) {
          const work = (text: string): void => run(text, Buffer.from(text, 'latin1'), variant)
          let grows = Number.POSITIVE_INFINITY
          for (const chars of LENGTHS) if (grows >= MOST_GROWTH) grows = Math.min(grows, growth(work, piece, chars))
          assert.ok(
            grows < MOST_GROWTH,
            `${variant}, ${JSON.stringify(piece)}: 4 × the text takes ${grows.toFixed(1)} × the time`
          )
          tried('parsers take linear time', 1, 0)
        }
    })
  }
})

/** Not linear, and why that is no danger: what they read is short, or the operator's own. */
const BOUNDED: Record<string, string> = {
  'lib/api/global.ts': "a line of a stack that is ours or the application's, never a message",
  'lib/cli/engine.ts': "the operator's own --header",
  'lib/cli/prometheus.ts': 'no expression: a path in a template',
  'lib/doctor-inside.ts': "the operator's own NODE_OPTIONS",
  'lib/doctor/trial.ts': "the operator's own NODE_OPTIONS",
  'lib/evidence/kernel-files.ts': '/proc/self/task/TID/status, one line each; the checker comes to no end',
  'lib/kernel/told.ts': "a name of a function in the profile of the operator's own program, written to disk by V8",
  'lib/options/types.ts': "the operator's own variables",
  'lib/kernel/program.ts': "what the operator's own tracer says; the checker comes to no end",
  'lib/kernel/attach.ts': "the version line of the operator's own tool",
  'lib/kernel/names.ts': 'addresses of our own reports, below 300 characters',
  'lib/kernel/needs.ts': '/proc/PID/status, one line each',
  'lib/kernel/network.ts': 'addresses of our own reports, below 300 characters',
  'lib/kernel/on-cpu.ts': "a line of perf's, whose names have 15 characters",
  'lib/kernel/windows.ts': '/proc/PID/status, one line each',
  'lib/scrub/url.ts': 'texts are cut to 2,048 characters before (worst measured: see docs/reliability.md)',
  'lib/scrub/ids.ts': 'the tool comes to no end; the pattern has a fixed length'
}

/** Most take milliseconds; on a busy machine a second or more. */
const CHECK_WITHIN_MS = 60_000

/**
 * Where it cannot prove, the checker (recheck 4.5) tries texts at random and counts the steps of an engine of its own, which does not look
 * behind first: about once in twenty it finds quadratic what is linear in V8. Then V8 is asked, with the text that was found.
 */
function isLinearInV8(regexp: RegExp, { complexity, attack }: VulnerableDiagnostics): boolean {
  const isGuess = complexity.isFuzz && complexity.type === 'polynomial' && complexity.degree === 2
  const textOf = (chars: number): string =>
    attack.pumps.map(({ prefix, pump }) => prefix + pump.repeat(chars / attack.pumps.length)).join('') + attack.suffix
  const prepare = (chars: number) => {
    const text = textOf(chars)
    return () => text.replace(regexp, '')
  }
  return isGuess && LENGTHS.some(chars => growthBy(prepare, chars) < MOST_GROWTH)
}

const LITERAL = /(?:^|[=(,:[!&|?{};]|=>|return)\s*\/(?![*/])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuvy]*)/g

describe('our regular expressions', () => {
  it('are linear, as a checker says, or read what is short', function () {
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
        if (file in BOUNDED) continue
        checked++
        const told = checkSync(source, flags, { timeout: CHECK_WITHIN_MS })
        // On a busy machine it may not have the time to tell of all.
        const isSlow = told.status === 'vulnerable' ? !isLinearInV8(new RegExp(source, flags), told) : LONG
        if (isSlow && told.status !== 'safe') found.push(`${file} /${source}/${flags} ${told.status}`)
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
