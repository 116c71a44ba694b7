// What both clients of Redis must show, in every version: one table of cases.

import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'

interface Subject {
  title: string
  file: string
  driver?: string
  libraries: string | undefined
  /** Paths that this client has besides those of all: with the answer, and the names of the operations. */
  more?: [path: string, body: string, names: string[]][]
  /** How MULTI shows up. */
  multi: string[]
  /** The oldest `redis` has no address at hand where commands are seen. */
  target: boolean
}

export function describeRedis({ title, file, driver, libraries, more = [], multi, target }: Subject): void {
  describe(title, () => {
    let app: App
    before(async () => {
      app = await runApp(file, { env: { DRIVER: driver, LIBRARIES: libraries } })
    })
    after(() => app.stop())

    const explained = async (path: string, body: string): Promise<Report> => {
      assert.equal((await app.get(path)).body, body)
      return app.report(({ request }) => request.route === path)
    }
    const names = (report: Report): string[] => report.operations.map(({ name }) => name)

    it('times each command once, by name and key pattern', async () => {
      const report = await explained('/get', 'sesame')
      assert.deepEqual(names(report), ['SET user:?:name', 'EVAL', 'GET user:?:name'])
      assert.ok(report.operations[1]!.durationMs! >= 90)
      assert.equal(report.operations[0]!.system, 'redis')
      assert.equal(report.operations[0]!.target, target ? new URL(process.env['REDIS_URL']!).host : '')
      assert.equal(report.verdict.cause, 'cache.slow')
      assert.ok(!JSON.stringify(report).includes('sesame'))
    })

    it('times many commands one after another', async () => {
      const report = await explained('/n-plus-one', 'read')
      const { cause, culprit } = report.verdict
      assert.equal(cause, 'cache.n_plus_one')
      assert.equal(culprit!.statement, 'GET user:?:name')
    })

    const forms: typeof more = [['/multi', '1', multi], ...more]
    for (const [path, body, expected] of forms) {
      it(`times ${path.slice(1)}`, async () => {
        assert.deepEqual(names(await explained(path, body)).slice(1), expected)
      })
    }

    it('does not blame the server for a command that waits on purpose', async () => {
      const report = await explained('/blocking', 'null')
      assert.deepEqual(names(report), ['BLPOP nothing'])
      assert.notEqual(report.verdict.cause, 'cache.slow')
    })

    it('tells the error of a command and passes it on as it is', async () => {
      const report = await explained('/error', 'WRONGTYPE')
      assert.match(report.operations.at(-1)!.error!, /WRONGTYPE/)
      assert.ok(!JSON.stringify(report).includes('hidden'))
    })
  })
}
