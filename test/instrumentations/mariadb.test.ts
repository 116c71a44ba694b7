import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import type { App } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { explainedWhileHeld } from './held.js'
import { sameAsBare } from './same-as-bare.js'
import { VERSIONS } from './versions.js'
import { runWarmApp } from './warm.js'

const subjects: [title: string, file: string, libraries: string | undefined][] = [
  ['newest, a bundle', 'mariadb.js', VERSIONS.newest],
  ['newest, by import', 'mariadb.mjs', undefined],
  ['oldest', 'mariadb.js', VERSIONS.oldest]
]

for (const [title, file, libraries] of subjects) {
  describe(`mariadb, ${title}`, () => {
    const isOldest = libraries !== undefined
    let app: App
    before(async () => {
      app = await runWarmApp(file, { env: { LIBRARIES: libraries } })
    })
    after(() => app.stop())

    const statements = ({ operations }: Report) => operations.filter(({ kind }) => kind === 'db')
    const texts = (report: Report) => statements(report).map(({ text }) => text)

    for (const path of ['/promise', '/callback']) {
      it(`times each query once, masked, with its server, and keeps the request (${path})`, async () => {
        const report = await explainedAs('db.slow_query', app, path)
        assert.deepEqual(texts(report), ['SELECT SLEEP(?), ? AS secret', 'SELECT ? AS two'])
        const [slow] = statements(report)
        assert.ok(slow!.durationMs! >= 99, `${slow!.durationMs} ms`)
        const { host, pathname } = new URL(process.env['MYSQL_URL']!)
        assert.equal(slow!.target, `${host}${pathname}`)
        assert.ok(!JSON.stringify(report).includes('sesame'))
      })
    }

    const slow = 'SELECT SLEEP(?), ? AS secret'
    const prepared = [`PREPARE ${slow}`, slow]
    for (const [path, body, expected] of [
      ['/emitter', 'emitted', [slow]],
      ['/stream', 'streamed', [slow]],
      ['/execute', 'executed', isOldest ? prepared : [slow]],
      ['/execute-callback', 'executed back', isOldest ? prepared : [slow]],
      ['/prepare', 'prepared', prepared]
    ] as const) {
      it(`times a statement in the form of ${path}`, async () => {
        const report = await app.explained(path, body)
        assert.deepEqual(texts(report), expected)
        const { durationMs } = statements(report).at(-1)!
        assert.ok(durationMs! >= 99, `${durationMs} ms`)
      })
    }

    it('says of a free connection that is pinged first that nothing else was waited for', async () => {
      const { verdict } = await explainedAs('db.pool_wait', app, '/checked')
      assert.match(
        verdict.summary,
        /for a connection, though 1 of 2 was open and free: its pool took that long to give one /
      )
    })

    it('times a batch, and what its transaction says', async () => {
      const insert = 'INSERT INTO lines_of_mariadb VALUES (?, SLEEP(?))'
      const report = await app.explained('/batch', '2')
      assert.deepEqual(texts(report), ['START TRANSACTION', `PREPARE ${insert}`, insert, 'ROLLBACK'])
      assert.ok(statements(report)[2]!.durationMs! >= 99, JSON.stringify(report.operations))
    })

    for (const path of ['/error', '/error-execute']) {
      it(`tells the error of a statement and passes it on as it is (${path})`, async () => {
        const report = await app.explained(path, 'ER_NO_SUCH_TABLE')
        assert.match(statements(report).at(-1)!.error!, /doesn't exist/)
        assert.ok(!JSON.stringify(report).includes('hidden'))
      })
    }

    const behind = [['/before', '/behind', 'answered']]
    // The oldest sends at once, whatever `pipelining` says.
    if (!isOldest) behind.push(['/before-patient', '/behind-patient', 'sent'])
    for (const [first, path, done] of behind) {
      it(`tells behind which statement of its connection another one could not be ${done}`, async () => {
        const report = await explainedAs('db.pool_wait', app, path!, async () => {
          const before = app.get(first!)
          while ((await app.get('/holding')).body !== '1') {}
          assert.equal((await app.get(path!)).body, '7')
          assert.equal((await before).body, 'before')
        })
        const { summary, culprit } = report.verdict
        assert.match(summary, new RegExp(`before SELECT could be ${done}: .*, and DO (?:of|SLEEP of) `))
        assert.equal(culprit!.route, `GET ${first}`)
      })
    }

    it('tells no statement that was answered at once as before a slow one', async () => {
      const { verdict } = await explainedAs('db.slow_query', app, '/slow-together', async () => {
        const quick = app.get('/quick-together')
        while ((await app.get('/waiting')).body !== '1') {}
        await Promise.all([quick, app.get('/slow-together')])
      })
      assert.match(verdict.summary, /^Waited \d+ ms for DO at /)
    })

    it('leaves results, errors, callbacks, contexts and what is seen of its objects as they are', async () => {
      const env = { LIBRARIES: libraries, IMPORTED: file.endsWith('.mjs') ? 'yes' : undefined }
      await sameAsBare('mariadb-behaviour.js', env)
    })

    it('tells how long a large parameter took to be sent', async () => {
      const { verdict } = await explainedAs('db.slow_query', app, '/large-parameter')
      assert.match(verdict.summary, /SELECT \w+ at \S+ \([\d.]+ m?s of it until its 1 MB had been sent\)/)
      assert.equal(verdict.confidence, 'measured')
    })

    it('tells when the rows of a statement began to come', async () => {
      const [large] = statements(await app.explained('/large', '8'))
      assert.ok(large!.phases!['bodyMs']! >= 100, JSON.stringify(large))
    })

    const readSlowly = ['/read-slowly']
    // The emitters of the oldest have no stream.
    if (!isOldest) readSlowly.push('/read-emitter-slowly')
    for (const path of readSlowly) {
      it(`does not tell a statement slow whose rows lie unread (${path})`, async () => {
        // The longest of its gaps may be the one after the statement, whose last rows wait in the stream.
        const { verdict } = await explainedAs('unknown', app, path)
        assert.match(verdict.summary, /SELECT seq_1_to_60/)
      })
    }

    it('tells that a statement waited for its connection to be made, and nothing of what that said itself', async () => {
      const report = await explainedAs('db.slow_query', app, '/connecting')
      assert.match(report.verdict.summary, /of it without a connection/)
      assert.deepEqual(texts(report), ['SELECT ? AS n'])
    })

    it('tells who held the connections while a request waited for one', () => explainedWhileHeld(app))
  })
}
