import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { VERSIONS } from './versions.js'

/** A busy machine takes time of its own from what is short. */
const timeOf = ({ breakdown }: Report, cause: string): number => breakdown.find(slice => slice.cause === cause)?.ms ?? 0

for (const [version, file] of [
  ['newest', 'mongodb.js'],
  ['oldest', 'mongodb.js'],
  ['newest', 'mongodb.mjs']
] as const) {
  describe(`mongodb, ${version}, by ${file.endsWith('mjs') ? 'import' : 'require'}`, () => {
    let app: App
    before(async () => {
      app = await runApp(file, { env: { LIBRARIES: VERSIONS[version] } })
      await app.get('/quick')
    })
    after(() => app.stop())

    const commands = ({ operations }: Report): string[] =>
      operations.filter(({ kind }) => kind === 'db').map(({ text }) => text)

    it('times a command by name and collection, with its server, and nothing of what it asks for', async () => {
      const report = await app.explained('/find', 'sesame')
      assert.deepEqual(commands(report), ['find orders'])
      const operation = report.operations.find(({ kind }) => kind === 'db')!
      assert.equal(operation.system, 'mongodb')
      assert.match(operation.target, /^127\.0\.0\.1:\d+\/shop$/)
      assert.ok(operation.durationMs! >= 99, `${operation.durationMs} ms`)
      assert.ok(timeOf(report, 'db.slow_query') > 0, JSON.stringify(report.breakdown))
      assert.ok(!JSON.stringify(report).includes('sesame'))
    })

    it('times each of many commands', async () => {
      const report = await app.explained('/loop', 'found')
      assert.deepEqual(commands(report), Array(12).fill('find orders'))
    })

    it('times each command once', async () => {
      assert.deepEqual(commands(await app.explained('/insert', 'true')), ['find orders', 'insert orders'])
    })

    it('tells the error of a command and passes it on as it is', async () => {
      const report = await app.explained('/error', 'no such command')
      assert.match(report.operations.at(-1)!.error!, /no such command/)
    })

    it('tells who held the connections while a request waited for one', async () => {
      const report = await explainedAs('db.pool_wait', app, '/quick', async () => {
        const held = [app.get('/hold'), app.get('/hold')]
        await new Promise(resolve => setTimeout(resolve, 150))
        assert.equal((await app.get('/quick')).body, 'sesame')
        await Promise.all(held)
      })
      const { size, inUse, holders } = report.operations.find(({ kind }) => kind === 'pool')!.pool!
      assert.deepEqual([size, inUse], [2, 2])
      // 6.0 keeps them to itself.
      const expected = version === 'oldest' ? [] : ['GET /hold', 'GET /hold']
      assert.deepEqual(
        holders.map(({ route }) => route),
        expected
      )
    })

    it('changes nothing that the application sees', async () => {
      const bare = await runApp(file, { preload: 'none', env: { LIBRARIES: VERSIONS[version] } })
      const [expected, seen] = [await bare.get('/behaviour'), await app.get('/behaviour')]
      await bare.stop()
      assert.equal(expected.status, 200, expected.body)
      assert.deepEqual(JSON.parse(seen.body), JSON.parse(expected.body))
    })
  })
}
