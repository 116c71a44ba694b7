// What libraries with a pool of their own above a driver must show, in every version: one table of cases.

import assert from 'node:assert/strict'
import type { App } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { VERSIONS } from './versions.js'
import { runWarmApp } from './warm.js'

interface Subject {
  /** Of the library, and of its program in test/apps. */
  name: string
  /** What a transaction sends. */
  statements: RegExp[]
  timeout: RegExp
}

export function describeOrmPool({ name, statements, timeout }: Subject): void {
  for (const version of ['newest', 'oldest'] as const) {
    describe(`${name}, ${version}`, () => {
      let app: App
      before(async () => {
        app = await runWarmApp(`${name}.js`, { env: { LIBRARIES: VERSIONS[version] } })
      })
      after(() => app.stop())

      it('leaves statements to their driver, in a transaction too', async () => {
        const { operations } = await app.explained('/transaction', 'sesame')
        const texts = operations.filter(({ kind }) => kind === 'db').map(({ text }) => text)
        assert.equal(texts.length, statements.length, texts.join(' | '))
        for (const [i, statement] of statements.entries()) assert.match(texts[i]!, statement)
      })

      it('counts a connection that is being opened for another as in use', async () => {
        const { operations } = await app.explained('/cold', 'warm')
        const last = operations.filter(({ kind }) => kind === 'pool').at(-1)!
        assert.equal(last.pool!.inUse, 2)
      })

      it('tells who held the connections while a request waited for one, also when that request is long over', async () => {
        const report = await explainedAs('db.pool_wait', app, '/quick', async () => {
          await app.get('/leak')
          await app.get('/leak')
          assert.match((await app.get('/quick')).body, timeout)
          await app.get('/end')
        })
        const wait = report.operations.find(({ kind }) => kind === 'pool')!
        assert.equal(wait.system, 'postgresql')
        assert.deepEqual([wait.pool!.size, wait.pool!.inUse], [2, 2])
        assert.deepEqual(
          wait.pool!.holders.map(({ route }) => route),
          ['GET /leak', 'GET /leak']
        )
        assert.equal(report.verdict.culprit!.route, 'GET /leak')
        assert.match(report.verdict.summary, /all 2 were held, all by GET \/leak \(oldest /)
      })
    })
  }
}
