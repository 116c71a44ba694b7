import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { VERSIONS } from './versions.js'

for (const version of ['newest', 'oldest'] as const) {
  describe(`knex, ${version}`, () => {
    let app: App
    before(async () => {
      app = await runApp('knex.js', { env: { LIBRARIES: VERSIONS[version] } })
      await app.get('/warm')
      // Until the agent's thread reports, its own start may be what a request waited for.
      await app.report(({ request }) => request.route === '/warm')
    })
    after(() => app.stop())

    const explained = async (path: string, body: string): Promise<Report> => {
      assert.equal((await app.get(path)).body, body)
      return app.report(({ request }) => request.route === path)
    }

    it('leaves statements to their driver, in a transaction too', async () => {
      const { operations } = await explained('/transaction', 'sesame')
      assert.deepEqual(
        operations.filter(({ kind }) => kind === 'db').map(({ text }) => text),
        ['BEGIN;', 'SELECT pg_sleep(?)', 'SELECT $1 AS secret', 'COMMIT;']
      )
    })

    it('tells who held the connections while a request waited for one, also when that request is long over', async () => {
      const report = await explainedAs('db.pool_wait', app, '/quick', async () => {
        await app.get('/leak')
        await app.get('/leak')
        assert.match((await app.get('/quick')).body, /Timeout acquiring a connection/)
        await app.get('/end')
      })
      const wait = report.operations.find(({ kind }) => kind === 'pool')!
      assert.equal(wait.pool!.inUse, 2)
      assert.deepEqual(
        wait.pool!.holders.map(({ route }) => route),
        ['GET /leak', 'GET /leak']
      )
      assert.match(wait.error!, /Timeout acquiring a connection/)
      assert.equal(report.verdict.culprit!.route, 'GET /leak')
      assert.match(report.verdict.summary, /all 2 were held, all by GET \/leak \(oldest /)
    })
  })
}
