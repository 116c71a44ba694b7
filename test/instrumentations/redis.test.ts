import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import { runApp } from '../harness/app.js'
import { describeRedis } from './redis-cases.js'
import { VERSIONS } from './versions.js'

const together = [['/pool-one', '/pool-two']]

for (const [title, file, driver, version] of [
  ['newest', 'redis.js', 'redis', 'newest'],
  ['newest, by import', 'redis.mjs', 'redis', 'newest'],
  ['newest without channels', 'redis.js', 'redis', 'newest without channels']
] as const) {
  describeRedis({ title: `redis, ${title}`, file, driver, libraries: VERSIONS[version], together })
}
describeRedis({ title: 'redis, oldest', file: 'redis.js', driver: '@redis/client', libraries: VERSIONS.oldest })

/** A report's moment is told in whole milliseconds. */
const CLOCK_MS = 2
const isWaiting = ({ operations: [first] }: Report): boolean => first?.kind === 'pool'
const endOf = ({ at }: Report, { startMs, durationMs }: Report['operations'][number]): number =>
  Date.parse(at) + startMs + durationMs!

describe('redis that has no connection', () => {
  // The oldest does not tell when it is ready.
  const versions = ['newest', 'newest without channels'] as const
  const subjects = versions.flatMap(version => ['/connecting', '/reconnecting'].map(path => [version, path] as const))
  for (const [version, path] of subjects) {
    it(`is told as that, and not as slow to answer what its client keeps back (${path.slice(1)}, ${version})`, async () => {
      const app = await runApp('redis.js', { env: { DRIVER: 'redis', LIBRARIES: VERSIONS[version] } })
      await app.get('/get')
      const { operations } = await app.explained(path, 'sesame')
      const [kept, ...others] = operations.filter(({ phases }) => phases !== null)
      assert.deepEqual([kept?.text, others], ['GET user:?:name', []])
      const { socketMs = 0, connectMs = 0 } = kept!.phases!
      assert.ok(socketMs + connectMs > kept!.durationMs! / 2, `${socketMs} and ${connectMs} of ${kept!.durationMs} ms`)
      await app.stop()
    })
  }
})

describe('a pool of redis', () => {
  for (const version of ['newest', 'newest without channels'] as const) {
    it(`is told when a request waits for one of its clients, and for no longer (${version})`, async () => {
      const app = await runApp('redis.js', { env: { DRIVER: 'redis', LIBRARIES: VERSIONS[version] } })
      const explained = async (path: string) => {
        await app.get(path)
        return app.reportOf(path)
      }
      const reports = await Promise.all(['/pool-one', '/pool-two'].map(explained))
      const [waiting, first] = reports.sort((a, b) => Number(isWaiting(b)) - Number(isWaiting(a)))
      const { operations } = waiting!
      assert.deepEqual(
        operations.map(({ name }) => name),
        ['connection wait', 'EVAL', 'GET user:?:name']
      )
      const [wait, next] = operations
      const { size, inUse } = wait!.pool!
      assert.deepEqual([size, inUse], [1, 1])
      const held = first!.operations.find(({ name }) => name === 'EVAL')
      assert.ok(endOf(waiting!, wait!) >= endOf(first!, held!) - CLOCK_MS, `${wait!.durationMs} ms`)
      assert.ok(next!.startMs >= wait!.startMs + wait!.durationMs! - 1, 'the command begins when the wait is over')
      await app.stop()
    })
  }
})

describe('commands that are answered at once, beside turns of others', () => {
  it('do not count as slow at Redis', async () => {
    const app = await runApp('redis.js', { env: { DRIVER: 'redis' } })
    await app.get('/get')
    const tries: string[] = []
    for (let isTold = false; !isTold; ) {
      const earlier = new Set(app.backend.reports)
      const turns = app.get('/turns')
      const turnsMs = Number((await app.get('/several')).body)
      await turns
      const { breakdown, durationMs } = await app.report(one => one.request.route === '/several' && !earlier.has(one))
      const ofRedisMs = breakdown.find(({ cause }) => cause === 'cache.slow')?.ms ?? 0
      isTold = ofRedisMs < durationMs - turnsMs / 2
      tries.push(`${ofRedisMs} of ${durationMs} ms, in which others ran for ${turnsMs}`)
      assert.ok(isTold || tries.length < 3, tries.join('; '))
    }
    await app.stop()
  })
})
