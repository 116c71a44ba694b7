// A fuzzer that is led by coverage: inputs are made in batches, and of a batch that reached code which none had reached before those
// that did so are kept, to make others of. What is reached is told by V8's precise coverage, block by block. It gets to places that
// blind mutation (parsers.test.ts, a hundred times as many inputs) meets by chance alone. In the long form alone, where it has a process
// to itself: of code that was hot before the counting began V8 tells less.

import assert from 'node:assert/strict'
import { Session } from 'node:inspector'
import { LONG_FORM, skip } from '../harness/skip.js'
import { PARSERS, type Parser, randomFrom } from './parsers.js'
import { LONG, tried } from './table.js'

const EACH_MS = 15_000
const BATCHES = 100
const BATCH = 100
const MAX_BYTES = 600

interface ScriptCoverage {
  url: string
  functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[]
}

describe('led by coverage', () => {
  const session = new Session()
  before(() => {
    session.connect()
    ask('Profiler.enable')
    ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  })
  after(() => session.disconnect())

  function ask(method: string, params: object = {}): object {
    let answer: object = {}
    // Sessions of the same thread answer at once.
    session.post(method, params, (error, result) => {
      if (error) throw error
      answer = result ?? {}
    })
    return answer
  }

  /** Blocks of our code that ran since the last time. */
  function reached(): string[] {
    const { result } = ask('Profiler.takePreciseCoverage') as { result: ScriptCoverage[] }
    return result
      .filter(({ url }) => url.includes('/dist/lib/'))
      .flatMap(({ url, functions }) =>
        functions
          .flatMap(({ ranges }) => ranges)
          .filter(({ count }) => count > 0)
          .map(({ startOffset, endOffset }) => `${url} ${startOffset}-${endOffset}`)
      )
  }

  for (const [name, parser] of Object.entries(PARSERS))
    it(`a parser of ours (${name}) throws at nothing either`, function () {
      if (!LONG) skip(this, LONG_FORM)
      this.timeout(EACH_MS + 120_000)
      const pool: Buffer[] = parser.corpus.map(text => Buffer.from(text, 'latin1'))
      const mutant = mutator(pool, parser)
      const known = new Set<string>()
      let count = 0
      const run = (bytes: Buffer): void => {
        count++
        try {
          parser.run(bytes.toString('latin1'), bytes)
        } catch (error) {
          assert.fail(`${JSON.stringify(bytes.toString('latin1'))}\n${(error as Error).stack}`)
        }
      }
      /** Whether it got anywhere new. */
      const isNews = (): boolean => {
        const before = known.size
        for (const block of reached()) known.add(block)
        return known.size > before
      }

      for (const bytes of [...pool]) run(bytes)
      isNews()
      const ofCorpus = known.size
      const began = performance.now()
      for (let batch = 0; batch < BATCHES || performance.now() - began < EACH_MS; batch++) {
        const mutants = Array.from({ length: BATCH }, mutant)
        for (const bytes of mutants) run(bytes)
        const fresh = reached().filter(block => !known.has(block))
        if (fresh.length === 0) continue
        for (const bytes of mutants) {
          run(bytes)
          if (isNews()) pool.push(bytes)
        }
        // Some code is reached once alone: what is remembered by then is not made again.
        for (const block of fresh) known.add(block)
      }
      assert.ok(ofCorpus > 0 && known.size > ofCorpus, `${ofCorpus} blocks by the corpus, ${known.size} in all`)
      tried(
        'led by coverage, parsers throw at nothing',
        count,
        0,
        `${name}: ${known.size} blocks of code, ${ofCorpus} by the corpus`
      )
    })
})

function mutator(pool: Buffer[], { pieces }: Parser): () => Buffer {
  const random = randomFrom(0x5eed)
  const any = (): Buffer => pool[random(pool.length)]!
  const additions: ((bytes: Buffer, at: number) => Buffer)[] = [
    () => Buffer.from(pieces[random(pieces.length)]!.repeat(1 + random(8)), 'latin1'),
    () => Buffer.from([random(256)]),
    (bytes, at) => Buffer.from([(bytes[at] ?? 0) ^ (1 << random(8))]),
    () => any().subarray(random(40)),
    () => Buffer.alloc(0)
  ]
  return () => {
    let bytes = any()
    for (let i = random(5); i >= 0; i--) {
      const at = random(bytes.length + 1)
      const added = additions[random(additions.length)]!(bytes, at)
      bytes = Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + random(4))]).subarray(0, MAX_BYTES)
    }
    return bytes
  }
}
