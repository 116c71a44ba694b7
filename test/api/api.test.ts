// The public API, used by a program of its own.

import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'

describe('the public API', () => {
  let app: App
  before(async () => {
    app = await runApp('api.js')
  })
  // What the hooks of the program do wrong is said, and harms nobody.
  after(() => app.stop({ stderr: /hook that throws[\s\S]*hook that rejects|hook that rejects[\s\S]*hook that throws/ }))

  const answers = async (path: string, body: string): Promise<void> => assert.equal((await app.get(path)).body, body)

  it('annotates the current request, with texts, numbers and truths only', async () => {
    const { annotations } = await app.explained('/annotated', 'done')
    assert.deepEqual(annotations, { tenant: 'acme', retries: 2, seen: 'yes' })
  })

  it("times operations of the program's own, and returns and throws what they do", async () => {
    const { operations, breakdown } = await explainedAs('unknown', app, '/operations', () =>
      answers('/operations', '2 later no')
    )
    assert.deepEqual(
      operations.map(({ kind, name }) => [kind, name]),
      [
        ['custom', 'price rules'],
        ['custom', 'stock service'],
        ['custom', 'broken']
      ]
    )
    assert.equal(operations[2]!.error, 'no')
    assert.ok(operations[1]!.durationMs! >= 99)
    assert.match(breakdown[0]!.detail, /stock service/)
  })

  it('explains jobs that no server brought, and returns and throws what they do', async () => {
    const job = await explainedAs('unknown', app, 'nightly invoices', () =>
      answers('/job', 'invoiced,no paper,no ink,quick')
    )
    assert.deepEqual(job.request, { method: 'JOB', route: 'nightly invoices', path: '', statusCode: null })
    assert.match(job.verdict.summary, /ledger/)
    assert.equal(job.parentSpanId, null)
    const failed = await app.reportOf('broken job')
    assert.deepEqual(failed.span?.status, { code: 2, message: 'no paper' })
  })

  it('drops a report when a filter says so, or fails', async () => {
    for (const path of ['/dropped', '/failing-filter']) assert.equal((await app.get(path)).body, 'dropped')
    await app.explained('/annotated', 'done')
    const routes = app.backend.reports.map(({ request }) => request.route)
    assert.ok(!routes.includes('/dropped') && !routes.includes('/failing-filter'), routes.join())
  })

  it('tells its hooks, running requests only to those who asked', async () => {
    await app.explained('/ends-when-told', 'told while it ran')
    const summaries: string[] = JSON.parse((await app.get('/told')).body)
    assert.ok(summaries.includes('finished /annotated'))
    assert.ok(!summaries.some(summary => summary.startsWith('running')))
  })

  it('can be stopped, and does nothing from then on', async () => {
    assert.equal((await app.get('/stop')).body, 'still works')
    const told = app.backend.reports.length
    assert.equal((await app.get('/annotated')).body, 'done')
    assert.equal(app.backend.reports.length, told)
  })
})

describe('a program that starts perfagent itself', () => {
  let app: App
  before(async () => {
    app = await runApp('started-in-code.js', { preload: 'none' })
  })

  it('has its hooks and filters called that it gave before', async () => {
    const report = await app.explained('/slow', 'done')
    assert.deepEqual([report.request.path, report.annotations], ['/-', {}])
    assert.match((await app.get('/heard')).body, /\/slow/)
  })

  it('is told once what it does wrong at each request', async () => {
    for (let i = 0; i < 3; i++) await app.get('/slow')
    await app.stop({
      stderr:
        /^\[perfagent\] annotate takes a name, and a text, a number or a boolean; it was called with something else and did nothing\n$/
    })
  })
})
