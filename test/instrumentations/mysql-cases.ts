// What both drivers of MySQL must show, in every version: one table of cases, since they share their API.

import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import type { App } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { explainedWhileHeld } from './held.js'
import { runWarmApp } from './warm.js'

interface Subject {
  title: string
  file: string
  driver: 'mysql' | 'mysql2'
  libraries: string | undefined
}

export function describeMysql({ title, file, driver, libraries }: Subject): void {
  describe(title, () => {
    let app: App
    before(async () => {
      // The oldest drivers use buffers that Node deprecates.
      app = await runWarmApp(file, { env: { DRIVER: driver, LIBRARIES: libraries }, nodeArgs: ['--no-deprecation'] })
    })
    after(() => app.stop())

    const queries = (report: Report) => report.operations.filter(({ kind }) => kind === 'db')

    it('times each query once, masked, with its server, and keeps the request in callbacks', async () => {
      const report = await explainedAs('db.slow_query', app, '/callback')
      const [slow, quick, ...more] = queries(report)
      assert.match(slow!.text, /^SELECT SLEEP\(\?\), \? AS secret$/)
      assert.match(quick!.text, /^SELECT \? AS two$/)
      assert.deepEqual(more, [])
      assert.ok(slow!.durationMs! >= 99, `${slow!.durationMs} ms`)
      const { host, pathname } = new URL(process.env['MYSQL_URL']!)
      assert.equal(slow!.target, `${host}${pathname}`)
      assert.ok(!JSON.stringify(report).includes('sesame'))
    })

    const forms: [path: string, body: string][] = [['/emitter', 'emitted']]
    if (driver === 'mysql2') forms.push(['/promise', 'awaited'], ['/execute', 'executed'])
    for (const [path, body] of forms) {
      it(`times a query in the form of ${path}`, async () => {
        const [operation, ...more] = queries(await app.explained(path, body))
        assert.match(operation!.text, /^SELECT SLEEP/)
        assert.ok(operation!.durationMs! >= 99, `${operation!.durationMs} ms`)
        assert.deepEqual(more, [])
      })
    }

    for (const method of driver === 'mysql2' ? ['query', 'execute'] : ['query']) {
      it(`tells what is called when a ${method} that emits its rows has ended`, async () => {
        const told = queries(await app.explained(`/emitted-${method}`, '4')).map(({ text }) => text)
        assert.deepEqual(told, ['SELECT SLEEP(?), ? AS secret', 'SELECT ? AS four'])
      })
    }

    it('tells the error of a query and passes it on as it is', async () => {
      const report = await app.explained('/error', 'ER_NO_SUCH_TABLE')
      assert.match(queries(report).at(-1)!.error!, /doesn't exist/)
      assert.ok(!JSON.stringify(report).includes('hidden'))
    })

    const behind: [before: string, path: string, body: string][] = [
      ['/before', '/behind', '7'],
      ['/before-late', '/behind-late', '8']
    ]
    if (driver === 'mysql2') behind.push(['/before', '/behind-execute', '9'])
    for (const [first, path, body] of behind) {
      it(`tells that a statement stood behind another one on its connection, and was sent late (${path})`, async () => {
        const report = await explainedAs('db.pool_wait', app, path, async () => {
          const before = app.get(first)
          while ((await app.get('/holding')).body !== '1') {}
          assert.equal((await app.get(path)).body, body)
          assert.equal((await before).body, 'before')
        })
        const { summary, culprit } = report.verdict
        assert.match(summary, /before SELECT could be sent: its client has one connection, and SELECT SLEEP of /)
        assert.equal(culprit!.route, `GET ${first}`)
      })
    }

    if (driver === 'mysql2' && !libraries?.endsWith('oldest')) {
      it('tells that a statement stood behind one that its client has given up', async () => {
        const { verdict } = await explainedAs('db.pool_wait', app, '/behind', async () => {
          assert.equal((await app.get('/given-up')).body, 'Query inactivity timeout')
          await app.get('/behind')
        })
        assert.match(
          verdict.summary,
          /and SELECT SLEEP of GET \/given-up, which its client has given up, was before it, for /
        )
      })
    }

    if (driver === 'mysql') {
      it('says of a free connection that is pinged first that nothing else was waited for', async () => {
        const { verdict } = await explainedAs('db.pool_wait', app, '/checked')
        assert.match(
          verdict.summary,
          /for a connection, though 1 of 2 was open and free: its pool took that long to give one /
        )
      })
    }

    if (driver === 'mysql2') {
      it('tells when the rows of a statement began to come', async () => {
        const { operations } = await app.explained('/large', '8')
        const [large] = operations.filter(({ kind }) => kind === 'db')
        assert.ok(large!.phases!['bodyMs']! >= 100, JSON.stringify(large))
      })
    }

    const large = ['/large-parameter', '/large-parameter-behind']
    if (driver === 'mysql2') large.push('/large-execute')
    for (const path of large) {
      it(`tells how long a large parameter took to be sent (${path})`, async () => {
        const { verdict } = await explainedAs('db.slow_query', app, path)
        assert.match(verdict.summary, /SELECT \w+ at \S+ \([\d.]+ m?s of it until its 1 MB had been sent\)/)
        assert.equal(verdict.confidence, 'measured')
      })
    }

    it('does not tell a statement slow whose rows lie unread', async () => {
      const { verdict } = await explainedAs('unknown', app, '/read-slowly')
      assert.match(verdict.summary, /while the answer to SELECT seq_1_to_40 lay unread/)
    })

    it('tells that a statement waited for its connection to be made', async () => {
      const report = await explainedAs('db.slow_query', app, '/connecting')
      assert.match(report.verdict.summary, /of it without a connection/)
    })

    it('tells for whom a connection is being opened as its holder', async () => {
      const { operations } = await explainedAs('db.pool_wait', app, '/cold')
      const last = operations.filter(({ kind }) => kind === 'pool').at(-1)!
      assert.deepEqual(
        last.pool!.holders.map(({ route }) => route),
        ['GET /cold']
      )
    })

    it('tells who held the connections while a request waited for one', () => explainedWhileHeld(app))
  })
}
