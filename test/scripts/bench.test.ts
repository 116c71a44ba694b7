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
