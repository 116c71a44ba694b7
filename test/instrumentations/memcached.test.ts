import assert from 'node:assert/strict'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { ROOT } from '../harness/program.js'
import { skip } from '../harness/skip.js'
import { VERSIONS } from './versions.js'

interface Services {
  env: { MEMCACHED: string }
  stop(): Promise<void>
}

describe('memcached', () => {
  let services: Services | undefined

  before(async function () {
    this.timeout(180_000)
    const { startServices } = await import(pathToFileURL(path.join(ROOT, 'scripts/services.mjs')).href)
    services = await startServices(['memcached']).catch((error: Error) => {
      return skip(this, `memcached: ${error.message}`)
    })
  })
  after(() => services?.stop())

  for (const [driver, version] of [
    ['memcached', 'newest'],
    ['memcached', 'oldest'],
    ['memjs', 'newest'],
    ['memjs', 'oldest']
  ] as const) {
    describe(`by ${driver}, ${version}`, () => {
      let app: App
      const options = () => ({ env: { ...services!.env, DRIVER: driver, LIBRARIES: VERSIONS[version] } })
      before(async () => {
        app = await runApp('memcached.js', options())
      })
      after(() => app?.stop())

      const texts = ({ operations }: Report): string[] => operations.map(({ text }) => text)

      it('times each command once, by name and key pattern, with its server', async () => {
        const report = await explainedAs('cache.slow', app, '/get')
        assert.deepEqual(texts(report), ['SET user:?:name', 'GET user:?:name'])
        for (const { kind, system, target, durationMs } of report.operations) {
          assert.deepEqual([kind, system], ['cache', 'memcached'])
          assert.match(target, /^127\.0\.0\.1:\d+$/)
          assert.ok(durationMs! >= 58, `${durationMs} ms`)
        }
        assert.ok(!JSON.stringify(report).includes('sesame'))
      })

      it('keeps the request in a callback, which the socket calls', async () => {
        const report = await app.explained('/callback', driver === 'memjs' ? 'null' : 'undefined')
        assert.deepEqual(texts(report), ['GET user:?:name', 'GET user:?:name'])
      })

      it('shows the pattern of a key that is deleted', async () => {
        assert.deepEqual(texts(await app.explained('/remove', 'false')), ['DELETE user:?:name'])
      })

      it('tells the error of a command and passes it on', async () => {
        const report = await app.explained('/error', 'an error')
        assert.deepEqual(texts(report), ['SET text', 'INCR text'])
        if (driver === 'memcached') assert.match(report.operations[1]!.error!, /non-numeric/)
      })

      if (driver === 'memcached') {
        it('times a command for several keys as one', async () => {
          assert.deepEqual(texts(await app.explained('/many', '{}')), ['GET user:?:name'])
        })
      }

      it('changes nothing that the application sees', async () => {
        const bare = await runApp('memcached.js', { preload: 'none', ...options() })
        const [expected, seen] = [await bare.get('/behaviour'), await app.get('/behaviour')]
        await bare.stop()
        assert.equal(expected.status, 200, expected.body)
        assert.deepEqual(JSON.parse(seen.body), JSON.parse(expected.body))
      })
    })
  }
})
