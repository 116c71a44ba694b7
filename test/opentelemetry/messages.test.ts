// Brokers by OpenTelemetry's instrumentations: what is sent is an operation, what is worked on is a request in the sender's trace.

import assert from 'node:assert/strict'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { type App, runApp } from '../harness/app.js'
import { ROOT } from '../harness/program.js'
import { skip } from '../harness/skip.js'

interface Services {
  env: { AMQP_URL: string }
  stop(): Promise<void>
}

async function sendsAndWorks(app: App, system: string, worked: RegExp): Promise<void> {
  const headers = (await app.get('/order')).body
  assert.match(headers, /traceparent/)
  const sent = await app.reportOf('/order')
  const work = await app.report(({ request }) => request.method === 'CONSUMER')
  const [operation] = sent.operations
  assert.equal(operation!.kind, 'message')
  assert.equal(operation!.system, system)
  assert.match(operation!.name, /^send orders/)
  assert.match(work.request.route, worked)
  assert.ok(work.durationMs >= 79, `${work.durationMs} ms`)
  assert.deepEqual([work.traceId, work.parentSpanId], [sent.traceId, operation!.spanId])
  assert.equal(work.span?.attributes['messaging.system'], system)
  assert.ok(!JSON.stringify([sent, work]).includes('sesame'))
}

describe('amqplib, at RabbitMQ', () => {
  let services: Services | undefined
  before(async function () {
    this.timeout(180_000)
    const { startServices } = await import(pathToFileURL(path.join(ROOT, 'scripts/services.mjs')).href)
    services = await startServices(['rabbitmq']).catch((error: Error) => skip(this, `RabbitMQ: ${error.message}`))
  })
  after(() => services?.stop())

  it('what is sent is an operation, and what is worked on a request of its trace', async () => {
    const app = await runApp('amqplib.js', { env: services!.env })
    await sendsAndWorks(app, 'rabbitmq', /orders/)
    await app.stop()
  })
})

it('kafkajs: what is sent is an operation, and what is worked on a request of its trace', async () => {
  // kafkajs 2.2 counts from a moment that it sets to -1, of which Node warns from 24 on, with and without us.
  const app = await runApp('kafkajs.js', { nodeArgs: ['--disable-warning=TimeoutNegativeWarning'] })
  await sendsAndWorks(app, 'kafka', /orders/)
  const { operations, breakdown } = await app.reportOf('/order')
  assert.ok(operations[0]!.durationMs! >= 59)
  assert.ok(breakdown.some(({ cause }) => cause === 'message.slow'))
  await app.stop()
})
