import assert from 'node:assert/strict'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Report } from '../../lib/types.js'
import { type App, type AppOptions, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { ROOT } from '../harness/program.js'
import { skip } from '../harness/skip.js'
import { VERSIONS } from './versions.js'

interface Services {
  env: { NATS_URL: string }
  stop(): Promise<void>
}

describe('nats', () => {
  let services: Services | undefined
  before(async function () {
    this.timeout(180_000)
    const { startServices } = await import(pathToFileURL(path.join(ROOT, 'scripts/services.mjs')).href)
    services = await startServices(['nats']).catch((error: Error) => skip(this, `NATS: ${error.message}`))
  })
  after(() => services?.stop())

  for (const [title, file, driver, version] of [
    ['@nats-io/transport-node, newest', 'nats.js', '@nats-io/transport-node', 'newest'],
    ['@nats-io/transport-node, oldest', 'nats.js', '@nats-io/transport-node', 'oldest'],
    ['@nats-io/transport-node, imported', 'nats.mjs', '@nats-io/transport-node', 'newest'],
    ['nats, newest', 'nats.js', 'nats', 'newest'],
    ['nats, oldest', 'nats.js', 'nats', 'oldest']
  ] as const) {
    describe(title, () => {
      let app: App
      const options = (): AppOptions => ({
        env: { ...services!.env, DRIVER: driver, LIBRARIES: VERSIONS[version] }
      })
      before(async () => {
        app = await runApp(file, options())
      })
      after(() => app?.stop())

      const messages = ({ operations }: Report) =>
        operations.filter(({ kind }) => kind === 'message').map(({ system, text, target }) => [system, text, target])

      it('times a request until its answer; who answers is a request in the same trace', async () => {
        const report = await explainedAs('message.slow', app, '/request')
        assert.deepEqual(messages(report), [['nats', 'request stock.?.get', new URL(services!.env.NATS_URL).host]])
        const theirs = await app.report(
          ({ request, traceId }) => request.method === 'MESSAGE' && traceId === report.traceId
        )
        assert.equal(theirs.request.route, 'stock.*.get')
        assert.equal(theirs.parentSpanId, report.operations[0]!.spanId)
      })

      it('tells the error of a request', async () => {
        await app.get('/nobody')
        const { operations } = await app.reportOf('/nobody')
        assert.equal(operations.length, 1)
        assert.ok(operations[0]!.error)
      })

      it('tells what was sent, for its trace; a callback that fails is told as failed', async () => {
        await app.get('/send')
        const report = await app.reportOf('/send')
        assert.deepEqual(
          messages(report).map(([, text]) => text),
          ['send fails']
        )
        const theirs = await app.report(
          ({ request, traceId }) => request.route === 'fails' && traceId === report.traceId
        )
        assert.equal(theirs.span?.status.message, 'no such order')
      })

      it('changes nothing that the application sees', async () => {
        const bare = await runApp(file, { env: { ...options().env, PREFIX: 'bare.' }, preload: 'none' })
        const [expected, seen] = [await bare.get('/behaviour'), await app.get('/behaviour')]
        await bare.stop()
        assert.equal(expected.status, 200, expected.body)
        assert.deepEqual(JSON.parse(seen.body), JSON.parse(expected.body))
      })
    })
  }
})
