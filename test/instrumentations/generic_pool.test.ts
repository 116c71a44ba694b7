import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import type { App } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { explainedAs } from '../harness/explained.js'
import { explainedWhileHeld } from './held.js'
import { VERSIONS } from './versions.js'
import { runWarmApp } from './warm.js'

const waits = ({ operations }: Report) => operations.filter(({ kind }) => kind === 'pool')

for (const version of ['newest', 'oldest'] as const) {
  describe(`generic-pool, ${version}`, () => {
    let app: App
    before(async () => {
      app = await runWarmApp('generic-pool.js', { env: { LIBRARIES: VERSIONS[version] } })
    })
    after(() => app.stop())

    it('tells who held the resources while a request waited for one', async () => {
      const { verdict, operations } = await explainedWhileHeld(app)
      assert.match(verdict.summary, /^Waited \d+ ms for a resource: all 2 were held, all by GET \/hold \(oldest /)
      assert.equal(verdict.culprit!.target, 'generic-pool')
      assert.deepEqual(
        operations.map(({ system, name }) => `${system}: ${name}`),
        ['generic-pool: resource wait']
      )
    })

    it('counts a resource that is being made for another as in use', async () => {
      const last = waits(await app.explained('/cold', 'warm')).at(-1)!
      assert.deepEqual([last.pool!.size, last.pool!.inUse], [2, 2])
    })

    it('says of a free resource that is checked first that nothing else was waited for', async () => {
      const { verdict } = await explainedAs('db.pool_wait', app, '/checked')
      assert.match(
        verdict.summary,
        /for a resource, though 1 of 2 was open and free: its pool took that long to give one out, as a pool does that checks /
      )
    })

    it('tells that no resource came in time, and passes the error on', async () => {
      const [wait] = waits(await app.explained('/timeout', 'ResourceRequest timed out'))
      assert.equal(wait!.error, 'ResourceRequest timed out')
    })
  })
}

describe('generic-pool', () => {
  it("is told once beside OpenTelemetry's instrumentation, and its metrics are none of a database", async () => {
    const backend = await startBackend()
    const env = {
      INSTRUMENTED: 'yes',
      OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
      OTEL_METRIC_EXPORT_INTERVAL: '200'
    }
    const app = await runWarmApp('generic-pool.js', { backend, env })
    const report = await explainedWhileHeld(app)
    assert.equal(report.operations.length, 1, JSON.stringify(report.operations))
    const names = (points: { name: string }[]): string[] => points.map(({ name }) => name)
    const points = await backend.collection(all => names(all).includes('perfagent.resource.busy_time'))
    const capacity = points.find(({ name }) => name === 'perfagent.resource.capacity')!
    assert.deepEqual([capacity.value, capacity.attributes['perfagent.resource']], [2, 'pool generic-pool'])
    assert.deepEqual(
      names(points).filter(name => name.startsWith('db.')),
      []
    )
    await app.stop()
    await backend.close()
  })
})
