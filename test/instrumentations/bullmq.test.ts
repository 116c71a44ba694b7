import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { VERSIONS } from './versions.js'

for (const [version, file] of [
  ['newest', 'bullmq.js'],
  ['oldest', 'bullmq.js'],
  ['newest', 'bullmq.mjs']
] as const) {
  describe(`bullmq, ${version}, by ${file.endsWith('mjs') ? 'import' : 'require'}`, () => {
    let app: App
    before(async () => {
      app = await runApp(file, { env: { LIBRARIES: VERSIONS[version] } })
    })
    after(() => app.stop())

    const job = (kind: string, also: (report: Report) => boolean = () => true): Promise<Report> =>
      app.report(report => report.request.method === 'JOB' && report.request.route.endsWith(` ${kind}`) && also(report))

    it('explains a slow job, with what it did with Redis', async () => {
      assert.deepEqual(JSON.parse((await app.get('/slow')).body), { sent: 'sesame' })
      const report = await job('send')
      assert.match(report.request.route, /^mail-\d+ send$/)
      assert.ok(report.durationMs >= 99, `${report.durationMs} ms`)
      assert.deepEqual(
        report.operations.map(({ text }) => text),
        ['GET user:?:name']
      )
      assert.equal(report.span?.attributes['messaging.system'], 'bullmq')
      assert.ok(!JSON.stringify(report).includes('sesame'))
    })

    it('tells that a job failed, and passes its error on', async () => {
      assert.equal((await app.get('/fails')).body, 'no such mailbox')
      const { span } = await job('bounce')
      assert.match(span!.status.message, /no such mailbox/)
    })

    it('tells each attempt', async () => {
      assert.deepEqual(JSON.parse((await app.get('/again')).body), { sent: 'sesame' })
      const attempts = new Map<string, string>()
      while (attempts.size < 3) {
        const { spanId, span } = await job('again', report => !attempts.has(report.spanId))
        attempts.set(spanId, span!.status.message)
      }
      assert.deepEqual([...attempts.values()].sort(), ['', 'no such mailbox', 'no such mailbox'])
    })

    it('has the jobs of one who asked in traces of their own', async () => {
      const asked = await app.reportOf('/slow')
      assert.notEqual((await job('send')).traceId, asked.traceId)
    })
  })
}
