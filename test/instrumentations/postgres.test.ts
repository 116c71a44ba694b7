import assert from 'node:assert/strict'
import { pathToFileURL } from 'node:url'
import type { Report } from '../../lib/types.js'
import { type App, type AppOptions, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { ESM } from '../harness/program.js'
import { VERSIONS } from './versions.js'

const statements = (report: Report): string[] =>
  report.operations.filter(({ kind }) => kind === 'db').map(({ text }) => text)

/** By perfagent/esm, since the ES modules are files of their own. */
const IMPORTED: AppOptions = { preload: 'none', nodeArgs: ['--import', pathToFileURL(ESM).href] }

const WAYS: [title: string, file: string, options: AppOptions][] = [
  ['newest', 'postgres.js', {}],
  ['oldest', 'postgres.js', { env: { LIBRARIES: VERSIONS.oldest } }],
  ['imported', 'postgres.mjs', IMPORTED]
]

for (const [title, file, options] of WAYS) {
  describe(`postgres, ${title}`, () => {
    let app: App
    before(async () => {
      app = await runApp(file, options)
    })
    after(() => app.stop())

    it('times a query, masked, with its server', async () => {
      const report = await explainedAs('db.slow_query', app, '/promise')
      assert.deepEqual(statements(report), ['select pg_sleep(?), $1::text as secret'])
      const [operation] = report.operations
      assert.equal(operation!.system, 'postgresql')
      assert.equal(operation!.target, `${process.env['PGHOST']}:${process.env['PGPORT']}/${process.env['PGDATABASE']}`)
      assert.ok(operation!.durationMs! >= 99, `${operation!.durationMs} ms`)
      assert.ok(!JSON.stringify(report).includes('sesame'))
    })

    for (const [path, body, expected] of [
      ['/pieces', '1', ['select "one", pg_sleep(?) from (select ? as one) t where one = $1']],
      ['/unsafe', 'sesame', ['select pg_sleep(?), ? as secret']],
      ['/transaction', 'done', ['begin', 'select pg_sleep(?)', 'select ? as word', 'commit']],
      ['/cursor', '3', ['select n, pg_sleep(?) from generate_series(?, ?) n']]
    ] as const) {
      it(`times each statement once at ${path}`, async () => {
        assert.deepEqual(statements(await app.explained(path, body)), expected)
      })
    }

    it('tells how long a statement had no connection, because one was opened for it', async () => {
      const { operations } = await app.explained('/opens', 'opened')
      const [statement] = operations.filter(({ kind }) => kind === 'db')
      const { socketMs, firstByteMs } = statement!.phases!
      assert.ok(socketMs! > 0 && firstByteMs! >= 99, JSON.stringify(statement))
    })

    it('tells the error of a query and passes it on as it is', async () => {
      const report = await app.explained('/error', '42P01')
      assert.match(report.operations.at(-1)!.error!, /no_such_table/)
      assert.ok(!JSON.stringify(report).includes('hidden'))
    })

    it('tells the wait for a connection apart from the query', async () => {
      await app.get('/quick')
      const report = await explainedAs('db.pool_wait', app, '/quick', async () => {
        const held = app.get('/hold')
        await new Promise(resolve => setTimeout(resolve, 100))
        assert.equal((await app.get('/quick')).body, 'quick')
        await held
      })
      const [wait] = report.operations
      assert.deepEqual([wait!.pool!.size, wait!.pool!.inUse, wait!.pool!.waiting], [1, 1, 1])
      assert.deepEqual(statements(report), ['select ? as word'])
      assert.deepEqual(
        wait!.pool!.holders.map(({ route }) => route),
        ['GET /hold']
      )
      assert.match(report.verdict.summary, /the only one was held by GET \/hold/)
    })

    // 3.2 has no such thing.
    if (title !== 'oldest') {
      it('tells who has reserved the connection that another waits for, and nothing of it when it is given back', async () => {
        const report = await explainedAs('db.pool_wait', app, '/quick', async () => {
          const reserved = app.get('/reserve')
          await new Promise(resolve => setTimeout(resolve, 100))
          await app.get('/quick')
          assert.equal((await reserved).body, 'reserved')
        })
        assert.match(report.verdict.summary, /the only one was held by GET \/reserve \(oldest [\d.]+ m?s/)
        const after = await explainedAs('db.pool_wait', app, '/next', async () => {
          const busy = app.get('/busy')
          await new Promise(resolve => setTimeout(resolve, 100))
          await app.get('/next')
          await busy
        })
        assert.match(after.verdict.summary, /the only one was held by GET \/busy/)
      })
    }

    it('tells whose statement holds the connection that another waits for', async () => {
      const report = await explainedAs('db.pool_wait', app, '/next', async () => {
        const busy = app.get('/busy')
        await new Promise(resolve => setTimeout(resolve, 100))
        await app.get('/next')
        await busy
      })
      assert.match(report.verdict.summary, /the only one was held by GET \/busy/)
    })

    it('tells that a statement stood behind another one that its connection had taken', async () => {
      await app.get('/behind')
      const report = await explainedAs('db.pool_wait', app, '/behind', async () => {
        const before = app.get('/before')
        await new Promise(resolve => setTimeout(resolve, 100))
        assert.equal((await app.get('/behind')).body, 'behind')
        assert.equal((await before).body, 'before')
      })
      assert.match(report.verdict.summary, /SELECT pg_sleep of GET \/before/)
    })

    it('changes nothing that the application sees', async () => {
      const bare = await runApp(file, { ...options, preload: 'none', nodeArgs: [] })
      const [expected, seen] = [await bare.get('/behaviour'), await app.get('/behaviour')]
      await bare.stop()
      assert.equal(expected.status, 200, expected.body)
      assert.deepEqual(JSON.parse(seen.body), JSON.parse(expected.body))
    })
  })
}
