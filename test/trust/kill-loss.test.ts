// How old the oldest report is that a SIGKILL at a random moment takes with it: nothing waits longer than it must to be sent. Without
// a spool; with one nothing is lost that was made (spool-kill.test.ts).

import assert from 'node:assert/strict'
import { runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { inputs, tried } from './table.js'

const ROUNDS = inputs(2, 10)
const LANES = 2
const MOST_LOST_MS = 1000
const QUIET_MS = 300

interface Round {
  requests: number
  lost: number
  /** How long before the kill the first of those ended. */
  oldestMs: number
  /** Of reports that came: the longest time from the end of the request to the arrival of its report. */
  latestMs: number
}

async function killed(afterMs: number): Promise<Round> {
  const arrivedAt = new Map<string, number>()
  const backend = await startBackend(({ body }) => {
    const { request, status } = JSON.parse(body.toString())
    if (status === 'finished') arrivedAt.set(request.path, performance.now())
    return {}
  })
  const env = { PERFAGENT_MAX_REPORTS_PER_MINUTE: '10000' }
  const app = await runApp('load.js', { backend, env })
  const endedAt = new Map<string, number>()
  let killedAt = 0
  let next = 0
  const lane = async (): Promise<void> => {
    while (killedAt === 0) {
      const path = `/late-${next++}`
      await app.get(path).then(
        () => endedAt.set(path, performance.now()),
        () => {}
      )
    }
  }
  const lanes = Array.from({ length: LANES }, lane)
  await backend.report()
  await new Promise(resolve => setTimeout(resolve, afterMs))
  killedAt = performance.now()
  process.kill(app.pid, 'SIGKILL')
  await app.outcome
  await Promise.all(lanes)
  // What the kernel still had for the backend.
  let count = -1
  while (count !== backend.received.length) {
    count = backend.received.length
    await new Promise(resolve => setTimeout(resolve, QUIET_MS))
  }
  await backend.close()

  const ended = [...endedAt].filter(([, moment]) => moment < killedAt)
  const lost = ended.filter(([path]) => !arrivedAt.has(path))
  const latenesses = ended.flatMap(([path, moment]) => (arrivedAt.has(path) ? arrivedAt.get(path)! - moment : []))
  return {
    requests: ended.length,
    lost: lost.length,
    oldestMs: Math.max(0, ...lost.map(([, moment]) => killedAt - moment)),
    latestMs: Math.max(0, ...latenesses)
  }
}

it(`a SIGKILL takes no report of a request that ended more than ${MOST_LOST_MS} ms before`, async function () {
  this.timeout(ROUNDS * 15_000)
  const rounds: Round[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await killed(Math.random() * 1500))
  const sum = (what: keyof Round): number => rounds.reduce((total, round) => total + round[what], 0)
  const oldestMs = Math.max(...rounds.map(round => round.oldestMs))
  // On a machine that lets the agent thread wait, what came was late, too.
  for (const round of rounds)
    assert.ok(round.oldestMs < Math.max(MOST_LOST_MS, 2 * round.latestMs), JSON.stringify(round))
  tried(
    'killed without a spool, at most the last second is lost',
    sum('requests'),
    0,
    `${ROUNDS} kills: ${sum('lost')} reports, of requests that ended at most ${oldestMs.toFixed(0)} ms before`
  )
})
