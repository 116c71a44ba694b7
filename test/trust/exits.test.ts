// The end of a process, again and again: what was slow until then is reported, and exit code, stderr and the time that it takes are
// those of the bare service. Each end once: test/register.test.ts.

import assert from 'node:assert/strict'
import { type AppOptions, runApp } from '../harness/app.js'
import { type Backend, startBackend } from '../harness/backend.js'
import { ENDS } from '../harness/ends.js'
import { LONG_FORM, skip } from '../harness/skip.js'
import { inputs, LONG, tried } from './table.js'

const LANES = 2
const ROUNDS = 20
const AT_ONCE = 5
const MOST_LOST_SHARE = 0.01

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
const SIGNAL_ROUNDS = inputs(1, 8)
const MOST_ADDED_MS = 200

describe('a process that ends with a live backend has told', function () {
  this.timeout(300_000)
  let backend: Backend
  before(async () => {
    backend = await startBackend()
  })
  after(() => backend.close())

  for (const how of ENDS)
    it(`at least 99 % of what was slow when it ends ${how}`, async function () {
      if (!LONG) skip(this, LONG_FORM)
      const answered: string[] = []
      let next = 0
      const lane = async (): Promise<void> => {
        while (next < ROUNDS) answered.push(...(await ended(how, next++)))
      }
      await Promise.all(Array.from({ length: LANES }, lane))
      const told = new Set(
        backend.reports.filter(({ status }) => status === 'finished').map(({ request }) => request.path)
      )
      const lost = answered.filter(path => !told.has(path))
      assert.ok(lost.length <= MOST_LOST_SHARE * answered.length, `of ${answered.length}: ${lost}`)
      tried('at its end a process tells what was slow (≥ 99 %)', answered.length, lost.length, `${lost.length} ${how}`)
    })

  /** The paths of the slow requests that were answered before it ended. */
  async function ended(how: string, round: number): Promise<string[]> {
    // On a machine that is busy with other things half a second is short.
    const env = { PERFAGENT_MAX_REPORTS_PER_MINUTE: '100', PERFAGENT_EXIT_MS: '10000' }
    const app = await runApp('exits.js', { backend, args: [how], env })
    const answered: string[] = []
    const ask = async (path: string): Promise<void> => {
      await app.get(path)
      answered.push(path)
    }
    const path = (route: string, i: number): string => `/${route}/${how.replaceAll(' ', '-')}/${round}/${i}`
    await ask(path('slow', 0))
    await backend.report(({ request }) => request.path === path('slow', 0))
    const others = Array.from({ length: AT_ONCE }, (_, i) => ask(path('slow', i + 1)).catch(() => {}))
    await ask(path('last', 0))
    await app.outcome
    await Promise.all(others)
    return answered
  }
})

describe('a process that is ended', function () {
  this.timeout(120_000)
  for (const signal of SIGNALS)
    for (const handler of ['without a handler', 'with a handler'])
      it(`by ${signal}, ${handler}, ends as without the agent`, async () => {
        const tookMs: Record<'bare' | 'agent', number[]> = { bare: [], agent: [] }
        const ends: Record<string, unknown>[] = []
        for (let round = 0; round < SIGNAL_ROUNDS; round++)
          for (const [who, options] of [
            ['bare', { preload: 'none' }],
            ['agent', {}]
          ] as [keyof typeof tookMs, AppOptions][]) {
            const app = await runApp('exits.js', { ...options, args: [handler] })
            await app.get('/slow')
            if (who === 'agent') await app.report()
            const began = performance.now()
            process.kill(app.pid, signal)
            const { code, signal: by, stderr } = await app.outcome
            tookMs[who].push(performance.now() - began)
            ends.push({ code, by, stderr })
          }
        for (const end of ends) assert.deepEqual(end, ends[0])
        const addedMs = median(tookMs.agent) - median(tookMs.bare)
        const spreadMs = Math.max(...tookMs.bare) - Math.min(...tookMs.bare)
        if (LONG) assert.ok(addedMs < MOST_ADDED_MS + spreadMs, `${addedMs.toFixed(0)} ms more`)
        tried(
          'a signal ends it as bare, and hardly later (≤ 200 ms)',
          SIGNAL_ROUNDS,
          0,
          `${signal} ${handler}: ${addedMs.toFixed(0)} ms`
        )
      })
})

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
