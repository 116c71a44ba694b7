// What both clients of Redis must show, in every version: one table of cases.

import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { sameAsBare } from './same-as-bare.js'

interface Subject {
  title: string
  file: string
  driver?: string
  libraries: string | undefined
  /** Paths that this client has besides those of all: with the answer, and what the operations are called. */
  more?: [path: string, body: string, labels: string[]][]
  /** It tells when a command that came before its connection was sent. */
  tellsSent?: boolean
  /** Paths that wait for the same connection when they are asked for together. */
  together?: string[][]
}

const KEY = 'GET user:?:name'

export function describeRedis({
  title,
  file,
  driver,
  libraries,
  more = [],
  tellsSent = false,
  together = []
}: Subject): void {
  describe(title, () => {
    let app: App
    before(async () => {
      app = await runApp(file, {
        env: { DRIVER: driver, LIBRARIES: libraries, PERFAGENT_MAX_REPORTS_PER_MINUTE: '100' }
      })
    })
    after(() => app.stop())

    const labels = ({ operations }: Report): string[] =>
      operations.map(({ kind, text }) => (kind === 'pool' ? 'a client of the pool' : text))
    const server = new URL(process.env['REDIS_URL']!).host

    it('times each command once, by name and key pattern, with its server', async () => {
      const report = await app.explained('/get', 'sesame')
      assert.deepEqual(labels(report), ['SET user:?:name', 'EVAL', KEY])
      assert.ok(report.operations[1]!.durationMs! >= 90)
      for (const { system, target } of report.operations) assert.deepEqual([system, target], ['redis', server])
      assert.ok(!JSON.stringify(report).includes('sesame'))
    })

    it('times many commands one after another', async () => {
      const { verdict } = await explainedAs('cache.n_plus_one', app, '/n-plus-one')
      assert.equal(verdict.culprit!.statement, 'BITCOUNT user:?:bits')
    })

    it('times MULTI as one operation, which tells its commands', async () => {
      const report = await explainedAs('cache.slow', app, '/multi')
      assert.deepEqual(labels(report), ['EVAL', 'MULTI 2 (SET, GET)'])
      assert.equal(report.operations[1]!.target, server)
    })

    it('times a pipeline as one operation, which tells its commands, and an error in it', async () => {
      const report = await app.explained('/pipeline', 'WRONGTYPE')
      assert.deepEqual(labels(report), ['EVAL', 'PIPELINE 3 (SET, LPUSH, GET)'])
      assert.match(report.operations[1]!.error!, /WRONGTYPE/)
      assert.ok(!JSON.stringify(report).includes('hidden'))
    })

    it('shows the pattern of a key that is given as bytes', async () => {
      assert.deepEqual(labels(await app.explained('/bytes', 'sesame')), ['EVAL', KEY])
    })

    it('times a command with the connecting that it waited for, and nothing of what the client says meanwhile', async () => {
      const report = await app.explained('/connecting', 'sesame')
      assert.deepEqual(labels(report), ['EVAL', KEY])
    })

    if (tellsSent) {
      it('tells what of a command was the wait for its connection, and nothing of one that had its connection', async () => {
        const [slow, get] = (await app.explained('/connecting', 'sesame')).operations
        assert.equal(slow!.phases, null)
        assert.deepEqual(Object.keys(get!.phases!), ['socketMs', 'firstByteMs'])
      })
    }

    for (const [path, body, expected] of more) {
      it(`times ${path.slice(1)}`, async () => assert.deepEqual(labels(await app.explained(path, body)), expected))
    }

    for (const paths of together) {
      it(`tells commands of their own request at ${paths.join(' and ')}, whoever sends them`, async () => {
        const reports = await Promise.all(paths.map(path => app.explained(path, 'sesame')))
        const gets = reports.map(report => labels(report).filter(text => text.startsWith('GET')))
        assert.deepEqual(
          gets,
          paths.map(() => [KEY])
        )
      })
    }

    it('does not blame the server for a command that waits on purpose', async () => {
      const report = await app.explained('/blocking', 'null')
      assert.deepEqual(labels(report), ['BLPOP nothing'])
      assert.notEqual(report.verdict.cause, 'cache.slow')
    })

    const BEHIND = /could be answered: its connection answers in order/

    /** The server has read what came so long before. */
    const READ_MS = 30

    /** `path` is asked for when `first` has sent its command. */
    const explainedBehind = (first: string, path: string) =>
      explainedAs('db.pool_wait', app, path, async () => {
        const before = app.get(first)
        while ((await app.get('/waiting')).body !== '1') {}
        await new Promise(resolve => setTimeout(resolve, READ_MS))
        assert.equal((await app.get(path)).body, 'behind')
        await before
      })

    for (const path of ['/behind', '/pipeline-behind']) {
      it(`tells that ${path.slice(1)} stood behind a command of another request that waits on purpose`, async () => {
        const { verdict } = await explainedBehind('/before', path)
        assert.match(verdict.summary, BEHIND)
        assert.match(verdict.summary, /BLPOP nothing of GET \/before, which waits on purpose, was before it/)
        const after = await explainedAs('cache.slow', app, '/get')
        assert.doesNotMatch(after.verdict.summary, BEHIND)
      })

      it(`tells that ${path.slice(1)} stood behind a slow command of another request, and that one as slow`, async () => {
        const { verdict } = await explainedBehind('/slowly', path)
        assert.match(verdict.summary, BEHIND)
        assert.match(verdict.summary, /and EVAL of GET \/slowly was before it, for /)
        assert.deepEqual([verdict.culprit!.statement, verdict.culprit!.route], ['EVAL', 'GET /slowly'])
        assert.equal((await app.reportOf('/slowly')).verdict.cause, 'cache.slow')
      })
    }

    for (const [first, what] of [
      ['/slow-pipeline', /and PIPELINE 2 \(EVAL, GET\) of GET \/slow-pipeline was before it, for /],
      ['/slow-multi', /and MULTI 2 \(EVAL, GET\) of GET \/slow-multi was before it, for /],
      ['/slow-outside', /and EVAL of code outside any request was before it, for /]
    ] as const) {
      it(`tells that a command stood behind ${first.slice(1)}`, async () =>
        assert.match((await explainedBehind(first, '/behind')).verdict.summary, what))
    }

    it('tells that a command stood behind one that was asked for before there was a connection', async () => {
      const { verdict } = await explainedAs('db.pool_wait', app, '/behind-worker', async () => {
        assert.equal((await app.get('/begin')).body, 'begun')
        assert.equal((await app.get('/behind-worker')).body, 'behind')
      })
      assert.match(
        verdict.summary,
        /and BLPOP nothing of code outside any request, which waits on purpose, was before it/
      )
    })

    for (const [first, path, whose] of [
      ['/begin-late', '/behind-worker', 'GET /begin-late'],
      ['/begin-late', '/pipeline-behind-worker', 'GET /begin-late'],
      ['/begin-late-outside', '/behind-worker', 'code outside any request']
    ] as const) {
      it(`tells that ${path.slice(1)}, kept back by its client, stood behind what was kept back before (${first.slice(1)})`, async () => {
        const { operations, breakdown, verdict } = await explainedAs('db.pool_wait', app, path, async () => {
          const before = app.get(first)
          while ((await app.get('/waiting')).body !== '1') {}
          assert.equal((await app.get(path)).body, 'behind')
          await before
        })
        assert.match(verdict.summary, BEHIND)
        const before = `BLPOP nothing of ${whose}, which waits on purpose, was before it`
        assert.ok(verdict.summary.includes(before), verdict.summary)
        const [{ durationMs, phases }] = operations as [Report['operations'][number]]
        const sentMs = durationMs! - (phases?.socketMs ?? 0)
        const behindMs = breakdown.find(({ cause }) => cause === 'db.pool_wait')!.ms
        assert.ok(behindMs <= sentMs + 1, `${behindMs} ms behind it, sent ${sentMs} ms before it was answered`)
      })
    }

    it('does not tell commands as behind those of their own request', async () => {
      for (const path of ['/own', '/own-pipeline']) {
        const { verdict } = await explainedAs('cache.slow', app, path)
        assert.doesNotMatch(verdict.summary, /before/)
      }
    })

    it('does not tell a command as behind one that is over', async () => {
      const report = await explainedAs('cache.slow', app, '/behind-shortly')
      assert.doesNotMatch(report.verdict.summary, BEHIND)
    })

    it('tells the error of a command and passes it on as it is', async () => {
      const report = await app.explained('/error', 'WRONGTYPE')
      assert.match(report.operations.at(-1)!.error!, /WRONGTYPE/)
      assert.ok(!JSON.stringify(report).includes('hidden'))
    })

    if (file.endsWith('.js')) {
      it('changes nothing that the application sees', () =>
        sameAsBare(file.replace('.js', '-behaviour.js'), { DRIVER: driver, LIBRARIES: libraries }))
    }
  })
}
