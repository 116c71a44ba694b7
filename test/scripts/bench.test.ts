// Benchmarks that `npm run check` does not ask: those that take parts of the agent by name break when a part changes.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { NODE, ROOT } from '../harness/program.js'

interface Agent {
  name: string
  packages: string[]
  preload: string
}
interface Contender {
  name: string
  execArgv: string[]
  env: Record<string, string>
  sink: { url: string; close(): void }
}
interface Row {
  question: string
  node: string
  what: string
  who: string
  value: number
  unit: string
  commit: string
  load: number
}
type Results = (before: string, pieces: Row[][], machine: object, questions: string[]) => string

interface Statistics {
  mean(numbers: number[]): number
  queueTimes(service: number, rate: number, count: number, random: () => number): Float64Array
  seeded(seed: number): () => number
}

const inBenchmarks = (file: string) => import(pathToFileURL(path.join(ROOT, 'benchmarks', file)).href)

it('each part of the agent can be timed alone', () => {
  const answer = execFileSync(NODE, [path.join(ROOT, 'benchmarks/apps/parts.js'), '4'], {
    encoding: 'utf8'
  })
  const times = Object.entries(JSON.parse(answer) as Record<string, number[]>)
  assert.ok(times.length > 10)
  assert.deepEqual(
    times.filter(([, quarters]) => !quarters.every(ns => ns > 0)),
    []
  )
})

it('each question can be asked', async () => {
  const files = (await readdir(path.join(ROOT, 'benchmarks'))).filter(file => /(?<!run)\.mjs$/.test(file))
  assert.ok(files.length > 10)
  for (const file of files) assert.equal(typeof (await inBenchmarks(file)).run, 'function', file)
})

it('a queue is as long on average as Pollaczek and Khinchine say', async () => {
  const { mean, queueTimes, seeded } = (await inBenchmarks('harness/statistics.mjs')) as Statistics
  for (const [service, rate] of [
    [1, 0.6],
    [1.15, 0.6],
    [0.25, 3.2]
  ] as const) {
    const load = service * rate
    const expected = service + (load * service) / (2 * (1 - load))
    const times = queueTimes(service, rate, 300_000, seeded(1))
    assert.ok(Math.abs(mean([...times]) / expected - 1) < 0.03, `${mean([...times])} where ${expected} was expected`)
  }
})

describe('other agents', () => {
  let cache: string

  beforeEach(async () => {
    cache = await mkdtemp(path.join(os.tmpdir(), 'bench-test-'))
  })

  afterEach(() => rm(cache, { recursive: true }))

  it('are each preloaded from where they are installed, by version, and told of a sink of their own', async () => {
    const { AGENTS, PEERS } = (await inBenchmarks('harness/peers.mjs')) as Record<'AGENTS' | 'PEERS', Agent[]>
    const { peers } = (await inBenchmarks('harness/contenders.mjs')) as { peers(cache: string): Promise<Contender[]> }
    for (const agent of AGENTS) await standIn(agent)
    const contenders = await peers(cache)
    try {
      assert.deepEqual(
        contenders.map(({ name }) => name),
        PEERS.map(({ name }) => `${name} 1.2.3`)
      )
      for (const { name, execArgv, env, sink } of contenders) {
        assert.equal(execArgv[0], '--require', name)
        assert.ok(execArgv[1]?.startsWith(`${cache}${path.sep}`), execArgv[1])
        assert.ok(
          Object.values(env).some(value => value.includes(new URL(sink.url).port)),
          name
        )
      }
    } finally {
      for (const { sink } of contenders) sink.close()
    }
  })

  /** As npm leaves it. */
  async function standIn({ packages, preload }: Agent): Promise<void> {
    const modules = path.join(cache, packages.at(-1)!.replace(/\W+/g, '-'), 'node_modules')
    for (const name of packages) {
      await mkdir(path.join(modules, name), { recursive: true })
      await writeFile(path.join(modules, name, 'package.json'), '{"version":"1.2.3"}')
      await writeFile(path.join(modules, name, 'index.js'), '')
    }
    if (preload.includes('/') && !preload.startsWith('.')) await writeFile(path.join(modules, `${preload}.js`), '')
    await writeFile(path.join(modules, '.package-lock.json'), '{}')
  }
})

describe('RESULTS.md', () => {
  const QUESTIONS = ['overhead', 'latency']
  const MACHINE = { day: '2026-11-26', cpu: 'a CPU', cores: 2, memoryGb: 24 }
  let results: Results

  before(async () => {
    ;({ results } = (await inBenchmarks('harness/results.mjs')) as { results: Results })
  })

  /** `overhead 24 /hello perfagent`, of a commit. */
  function row(text: string, commit: string, value = 1): Row {
    const [question, node, what, ...who] = text.split(' ')
    return {
      question: question!,
      node: `v${node}.1.0`,
      what: what!,
      who: who.join(' '),
      value,
      unit: '×',
      commit,
      load: 0
    }
  }

  const linesOf = (text: string): string[][] =>
    text
      .split('\n')
      .filter(line => line.startsWith('| '))
      .slice(2)
      .map(line => line.slice(2, -2).split(' | '))

  /** As `row` takes them, and the commit. */
  const told = (text: string): string[] =>
    linesOf(text).map(cells => {
      const [question, node, what, who] = cells
      return `${question} ${node!.slice(1, -4)} ${what} ${who} ${cells.at(-2)}`
    })

  const cases: [behaviour: string, older: string[], newer: string[][], expected: string[]][] = [
    [
      'has what was measured, by question and Node',
      [],
      [['latency 20 p99 perfagent', 'overhead 24 /hello perfagent', 'overhead 20 /hello perfagent']],
      ['overhead 20 /hello perfagent 1', 'overhead 24 /hello perfagent 1', 'latency 20 p99 perfagent 1']
    ],
    [
      'gets what is measured again in place of the older; another question, Node or contender keeps its commit',
      [
        'overhead 20 /hello perfagent',
        'overhead 24 /hello perfagent',
        'overhead 24 /hello perfagent, always_on',
        'latency 24 p99 perfagent'
      ],
      [['overhead 24 /hello perfagent']],
      [
        'overhead 20 /hello perfagent old',
        'overhead 24 /hello perfagent 1',
        'overhead 24 /hello perfagent, always_on old',
        'latency 24 p99 perfagent old'
      ]
    ],
    [
      'has the rows of one name side by side, the agent before others',
      [
        'overhead 24 /hello perfagent',
        'overhead 24 /hello peer 1.2.3',
        'overhead 24 /work perfagent',
        'overhead 24 /work peer 1.2.3'
      ],
      [['overhead 24 /hello perfagent', 'overhead 24 /work perfagent']],
      [
        'overhead 24 /hello perfagent 1',
        'overhead 24 /hello peer 1.2.3 old',
        'overhead 24 /work perfagent 1',
        'overhead 24 /work peer 1.2.3 old'
      ]
    ],
    [
      'keeps none of an older measurement, also where a number of the run is in the name',
      ['latency 24 p99@16000 perfagent', 'latency 24 p50@16000 perfagent'],
      [['latency 24 p99@12632 perfagent']],
      ['latency 24 p99@12632 perfagent 1']
    ],
    [
      'has one version of another agent, and with another option it is another contender',
      ['overhead 24 /hello peer 1.2.3', 'overhead 24 /hello peer, profiler 1.2.3'],
      [['overhead 24 /hello peer 2.0.0-rc.1']],
      ['overhead 24 /hello peer 2.0.0-rc.1 1', 'overhead 24 /hello peer, profiler 1.2.3 old']
    ],
    [
      'has of a run in pieces the last',
      ['overhead 24 /hello perfagent'],
      [['overhead 24 /hello perfagent', 'overhead 20 /hello perfagent'], ['overhead 24 /hello perfagent']],
      ['overhead 20 /hello perfagent 1', 'overhead 24 /hello perfagent 2']
    ]
  ]
  for (const [behaviour, older, newer, expected] of cases) {
    it(behaviour, () => {
      const before = results('', [older.map(text => row(text, 'old'))], MACHINE, QUESTIONS)
      const pieces = newer.map((texts, i) => texts.map(text => row(text, String(i + 1))))
      assert.deepEqual(told(results(before, pieces, MACHINE, QUESTIONS)), expected)
    })
  }

  it('stays as it is when nothing was measured, or the same again', () => {
    const rows = [row('overhead 24 /hello perfagent', 'a', 1.234), row('latency 24 p99 perfagent', 'b', 123.4)]
    const text = results('', [rows], MACHINE, QUESTIONS)
    assert.equal(results(text, [], MACHINE, QUESTIONS), text)
    assert.equal(results(text, [rows], MACHINE, QUESTIONS), text)
    assert.deepEqual(
      linesOf(text).map(cells => cells[4]),
      ['1.23 ×', '123 ×']
    )
  })
})
