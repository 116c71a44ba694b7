// Instrumentations that others wrote for OpenTelemetry, with perfagent as the provider.

import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { type Backend, startBackend } from '../harness/backend.js'
import { explainedAs } from '../harness/explained.js'
import { skip } from '../harness/skip.js'

describe("OpenTelemetry's instrumentations", () => {
  let app: App
  let backend: Backend
  before(async () => {
    backend = await startBackend()
    const env = { PERFAGENT_OTLP_ENDPOINT: backend.url }
    app = await runApp('third-party.js', { backend, env })
  })
  after(async () => {
    await app.stop()
    await backend.close()
  })

  async function slow(path: string): Promise<Report> {
    await app.get(path)
    return app.report(({ request }) => request.path === path)
  }
  const scopeOf = async (name: RegExp): Promise<string> =>
    (await backend.span(span => name.test(span.name))).scope.replace('@opentelemetry/instrumentation-', '')

  it('dataloader: loads and their batch are in the timeline', async () => {
    const { operations } = await slow('/dataloader')
    const names = operations.map(({ name }) => name)
    assert.ok(names.includes('dataloader.loadMany') && names.includes('dataloader.batch'), names.join())
    assert.equal(await scopeOf(/^dataloader\.batch$/), 'dataloader')
    const batch = await backend.span(({ name }) => name === 'dataloader.batch')
    assert.ok(batch.links.length > 0 || batch.parentSpanId !== '')
  })

  it('graphql: parse, validate, execute and resolvers are nested', async () => {
    const { operations } = await slow('/graphql')
    const byName = new Map(operations.map(operation => [operation.name, operation]))
    const [execute, resolve] = [byName.get('query'), byName.get('graphql.resolve slow')]
    assert.ok(byName.has('graphql.parse') && byName.has('graphql.validate'), [...byName.keys()].join())
    assert.ok(execute && resolve)
    assert.equal(resolve.parentSpanId, execute.spanId)
    assert.equal(await scopeOf(/^graphql\.resolve slow$/), 'graphql')
  })

  it('knex: its query and that of the driver beneath, which has one too, are one wait, with one cause', async function () {
    if (!process.env['PGHOST']) skip(this, 'knex: there is no PostgreSQL')
    const report = await explainedAs('db.slow_query', app, '/knex')
    // Knex asks the server for its version first, outside its own span.
    const ours = report.operations.filter(({ text, span }) => span || text.includes('pg_sleep'))
    assert.deepEqual(
      ours.map(({ kind, span }) => [kind, span?.scope.name]),
      [
        ['custom', '@opentelemetry/instrumentation-knex'],
        ['db', undefined]
      ]
    )
    assert.equal(ours[1]!.parentSpanId, ours[0]!.spanId)
    const span = await backend.span(({ scope }) => scope === '@opentelemetry/instrumentation-knex')
    assert.equal(span.kind, 3)
    assert.ok(!JSON.stringify(span.attributes).includes('sesame'))
  })
})
