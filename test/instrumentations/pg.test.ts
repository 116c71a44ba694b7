import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import type { App } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { explainedWhileHeld } from './held.js'
import { VERSIONS } from './versions.js'
import { runWarmApp } from './warm.js'

const SLOW = /^SELECT pg_sleep\(\?\), \$1::text AS secret$/
const texts = (report: Report): string[] =>
  report.operations.filter(({ kind }) => kind === 'db').map(({ text }) => text)

for (const [version, file] of [
  ['newest', 'pg.js'],
  ['oldest', 'pg.js'],
  ['newest', 'pg.mjs']
] as const) {
  describe(`pg, ${version}, by ${file.endsWith('mjs') ? 'import' : 'require'}`, () => {
    let app: App
    before(async () => {
      app = await runWarmApp(file, { env: { LIBRARIES: VERSIONS[version] } })
    })
    after(() => app.stop())

    it('times a query whose promise is awaited, masked, with its server', async () => {
      const report = await explainedAs('db.slow_query', app, '/promise')
      const [operation] = report.operations.filter(({ kind }) => kind === 'db')
      assert.match(operation!.text, SLOW)
      assert.equal(operation!.system, 'postgresql')
      assert.equal(operation!.target, `${process.env['PGHOST']}:${process.env['PGPORT']}/${process.env['PGDATABASE']}`)
      assert.ok(operation!.durationMs! >= 99, `${operation!.durationMs} ms`)
      assert.ok(!JSON.stringify(report).includes('sesame'))
    })

    it('does not count as the server’s what others did with the loop while rows came in', async () => {
      const tries: string[] = []
      for (let isTold = false; !isTold; ) {
        const earlier = new Set(app.backend.reports)
        const turns = Array.from({ length: 3 }, () => app.get('/turns'))
        const turnsMs = Number((await app.get('/many-rows')).body)
        await Promise.all(turns)
        const { breakdown, durationMs } = await app.report(
          one => one.request.route === '/many-rows' && !earlier.has(one)
        )
        const ofStatementMs = breakdown.find(({ cause }) => cause === 'db.slow_query')?.ms ?? 0
        isTold = ofStatementMs < durationMs - turnsMs * 0.7
        tries.push(`${ofStatementMs} of ${durationMs} ms, in which others ran for ${turnsMs}`)
        assert.ok(isTold || tries.length < 3, tries.join('; '))
      }
    })

    it('tells when the rows of each began to come', async () => {
      const { operations } = await app.explained('/large', '8,8')
      const large = operations.filter(({ kind }) => kind === 'db')
      assert.equal(large.length, 2)
      for (const { phases } of large) assert.ok(phases!['bodyMs']! >= 100, JSON.stringify(large))
    })

    it('keeps the request in a callback, which the socket calls', async () => {
      const report = await app.explained('/callback', 'one 2')
      assert.deepEqual(texts(report).length, 2)
      assert.match(texts(report)[1]!, /^SELECT \? AS two$/)
    })

    for (const [path, body] of [
      ['/config', 'config'],
      ['/submittable', 'submitted']
    ] as const) {
      it(`times a query given as ${path.slice(1)}`, async () => {
        const report = await app.explained(path, body)
        assert.match(texts(report)[0]!, SLOW)
        assert.ok(report.operations.at(-1)!.durationMs! >= 99)
      })
    }

    for (const [path, body] of [
      ['/cursor', '2'],
      ['/stream', '3']
    ] as const) {
      it(`times what a ${path.slice(1)} waits for its first rows`, async () => {
        const report = await app.explained(path, body)
        assert.match(texts(report)[0]!, /^SELECT n, pg_sleep/)
        assert.ok(report.operations.at(-1)!.durationMs! >= 49)
      })
    }

    it('times each further batch of a cursor', async () => {
      const { operations } = await app.explained('/batches', '4')
      const [first, ...more] = operations.filter(({ kind }) => kind === 'db')
      assert.match(first!.text, /^SELECT n, pg_sleep/)
      assert.ok(first!.durationMs! >= 99, `${first!.durationMs} ms`)
      assert.deepEqual(
        more.map(({ text }) => text),
        Array(2).fill('FETCH ? FROM SELECT n, pg_sleep(?) FROM generate_series(?, ?) n')
      )
      assert.ok(more[0]!.durationMs! >= 99, `${more[0]!.durationMs} ms`)
      assert.equal(more[0]!.target, first!.target)
    })

    it('keeps the request in what is done with the rows of a stream, which the socket brings', async () => {
      const { operations } = await app.explained('/rows', '3')
      assert.equal(operations.filter(({ text }) => /AS row$/.test(text)).length, 3, JSON.stringify(operations))
    })

    it('tells the error of a query and passes it on as it is', async () => {
      const report = await app.explained('/error', '42P01')
      assert.match(report.operations.at(-1)!.error!, /no_such_table/)
      assert.ok(!JSON.stringify(report).includes('hidden'))
    })

    it('takes no statement for one behind another where each had a connection, also one of a pool that had some at once', async () => {
      const { verdict } = await explainedAs('db.slow_query', app, '/aside')
      assert.doesNotMatch(verdict.summary, /several statements were under way/)
    })

    it('tells that a statement stood behind another one in its client, and was sent late', async () => {
      const report = await explainedAs('db.pool_wait', app, '/behind', async () => {
        const before = app.get('/before')
        while ((await app.get('/holding')).body !== '1') {}
        assert.equal((await app.get('/behind')).body, '7')
        assert.equal((await before).body, 'before')
      })
      assert.match(
        report.verdict.summary,
        /before SELECT could be sent: its client has one connection, and SELECT pg_sleep of GET \/before was before it, for /
      )
    })

    it('tells that a statement stood behind one that its client has given up', async () => {
      const { verdict } = await explainedAs('db.pool_wait', app, '/behind-given-up', async () => {
        assert.equal((await app.get('/given-up')).body, 'Query read timeout')
        await app.get('/behind-given-up')
      })
      assert.match(
        verdict.summary,
        /and SELECT pg_sleep of GET \/given-up, which its client has given up, was before it, for /
      )
    })

    it('tells that a statement waited for its connection to be made', async () => {
      const report = await explainedAs('db.slow_query', app, '/connecting')
      assert.match(report.verdict.summary, /of it without a connection/)
    })

    for (const path of ['/large-parameter', '/large-parameter-behind']) {
      it(`tells how long a large parameter took to be sent (${path})`, async () => {
        const { verdict } = await explainedAs('db.slow_query', app, path)
        assert.match(verdict.summary, /SELECT \w+ at \S+ \([\d.]+ m?s of it until its 1 MB had been sent\)/)
        assert.equal(verdict.confidence, 'measured')
      })
    }

    it('tells that a statement was sent to a pooler, by the number of a process that no machine has', async () => {
      const { verdict } = await explainedAs('db.slow_query', app, '/pooled-negative')
      assert.match(verdict.summary, /Inferred: it was sent to a pooler/)
      const { verdict: other } = await explainedAs('db.slow_query', app, '/passed-on')
      assert.doesNotMatch(other.summary, /pooler/)
    })

    it('tells that a statement was sent to a pooler', async () => {
      const { verdict } = await explainedAs('db.slow_query', app, '/pooled')
      assert.match(
        verdict.summary,
        /^Waited .* SELECT pg_sleep at \S+\. Inferred: it was sent to a pooler \(pgbouncer\?\)/
      )
    })

    it('tells for whom a connection is being opened as its holder', async () => {
      const { operations } = await explainedAs('db.pool_wait', app, '/cold')
      const last = operations.filter(({ kind }) => kind === 'pool').at(-1)!
      assert.deepEqual(
        last.pool!.holders.map(({ route }) => route),
        ['GET /cold']
      )
    })

    it('tells who held the connections while a request waited for one, and where they took them', async () => {
      const { operations, verdict } = await explainedWhileHeld(app)
      const { pool } = operations.find(({ kind }) => kind === 'pool')!
      const frames = pool!.holders.flatMap(({ frame }) => frame ?? [])
      assert.ok(frames.length >= 1 && frames.every(({ file }) => file.endsWith('pg-routes.js')), JSON.stringify(pool))
      assert.equal(verdict.culprit!.route, 'GET /hold')
    })

    it('names no request where code outside any holds the connections, whoever had them before', async () => {
      const report = await explainedAs('db.pool_wait', app, '/quick', async () => {
        await Promise.all([app.get('/hold'), app.get('/hold')])
        await app.get('/job')
        while ((await app.get('/holding')).body !== '2') {}
        await app.get('/quick')
      })
      assert.match(report.verdict.summary, /all 2 were held, all by code outside any request \(oldest /)
      assert.equal(report.verdict.culprit!.route, undefined)
      assert.match(report.verdict.culprit!.frame!.file, /pg-routes\.js$/)
    })
  })
}
