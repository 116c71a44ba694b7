import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'

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

describe('look-ups that wait for a thread', () => {
  let app: App
  before(async () => {
    app = await runApp('look-ups.js')
  })
  after(() => app.stop())

  it('a call whose name waits behind those of another request names that request', async () => {
    const { verdict } = await explainedAs('threadpool', app, '/behind', () =>
      Promise.all([app.get('/hooks'), app.get('/behind')])
    )
    assert.match(
      verdict.summary,
      /^Waited \d+ ms for a thread for lookup stock\.test, before GET stock\.test:\d+\/stock could/
    )
    // Where the loop was late, too, a doubt follows.
    assert.match(verdict.summary, /lookup slow\.test of GET \/hooks had one of them\.(?: Inferred: |$)/)
    assert.equal(verdict.culprit?.route, 'GET /hooks')
  })
})
