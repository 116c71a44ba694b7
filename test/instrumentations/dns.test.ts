import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'

describe('dns', () => {
  let app: App
  before(async () => {
    app = await runApp('dns.mjs')
  })
  after(() => app.stop())

  for (const [path, answer, names, error] of [
    ['/resolver', '["127.0.0.1"]', ['resolve4 a.test'], null],
    ['/promises', '["127.0.0.1"]', ['resolve a.test'], null],
    ['/fails', 'ENOTFOUND', ['resolve4 none.test'], 'queryA ENOTFOUND none.test'],
    ['/lookup', '127.0.0.1', ['lookup localhost'], null],
    ['/connect', 'connected', ['lookup localhost'], null],
    ['/address', '127.0.0.1', [], null],
    ['/throws', 'ERR_INVALID_ARG_TYPE', [], null]
  ] as const)
    it(`${path}: ${names.join() || 'nothing is told'}`, async () => {
      assert.equal((await app.get(path)).body, answer)
      const report = await app.reportOf(path)
      assert.deepEqual(
        report.operations.map(each => [each.kind, each.name, each.error]),
        names.map(name => ['dns', name, error])
      )
      const isSlow = ['/resolver', '/promises', '/fails'].includes(path)
      if (isSlow) assert.ok(report.breakdown.some(({ cause }) => cause === 'dns.slow'))
    })
})
