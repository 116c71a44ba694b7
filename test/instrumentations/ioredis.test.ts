import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { describeRedis } from './redis-cases.js'
import { VERSIONS } from './versions.js'

const more: [string, string, string[]][] = [
  ['/transaction', '[[null,"sesame"]]', ['EVAL', 'MULTI', 'GET user:?:name', 'EXEC']],
  ['/callback', 'sesame', ['EVAL', 'GET user:?:name']]
]
const together = [
  ['/late-one', '/late-two'],
  ['/automatic-one', '/automatic-two']
]

for (const [version, libraries] of Object.entries(VERSIONS)) {
  describeRedis({ title: `ioredis, ${version}`, file: 'ioredis.js', libraries, more, tellsSent: true, together })
}
describeRedis({
  title: 'ioredis, newest, by import',
  file: 'ioredis.mjs',
  libraries: undefined,
  more,
  tellsSent: true,
  together
})

for (const [version, libraries] of Object.entries(VERSIONS)) {
  describe(`a timeout of ioredis, ${version}`, () => {
    let app: App
    before(async () => {
      app = await runApp('ioredis.js', { env: { LIBRARIES: libraries } })
    })
    after(() => app.stop())

    for (const [path, label] of [
      ['/given-up', 'EVAL'],
      ['/given-up-pipeline', 'PIPELINE 2 (EVAL, GET)']
    ] as const) {
      it(`ends no command for the one behind it (${path})`, async () => {
        const { verdict } = await explainedAs('db.pool_wait', app, '/behind-given-up', async () => {
          assert.equal((await app.get(path)).body, 'Command timed out')
          await app.get('/behind-given-up')
        })
        const before = `and ${label} of GET ${path}, which its client has given up, was before it, for `
        assert.ok(verdict.summary.includes(before), verdict.summary)
      })
    }
  })

  describe(`ioredis that has lost its connection and sends again, ${version}`, () => {
    let app: App
    before(async () => {
      app = await runApp('ioredis.js', { env: { LIBRARIES: libraries } })
      await app.get('/connect-dropped')
    })
    after(() => app.stop())

    for (const [path, label] of [
      ['/dropped', 'GET user:?:name'],
      ['/dropped-pipeline', 'PIPELINE 2 (EXISTS, GET)']
    ] as const) {
      it(`is told as that, and not as slow to answer (${path})`, async () => {
        const { operations, verdict } = await explainedAs('cache.slow', app, path)
        const again = operations.at(-1)!
        assert.equal(again.text, label)
        assert.ok(again.phases!.socketMs! >= 350, JSON.stringify(again))
        assert.match(verdict.summary, /\(its connection was lost after .*, and .* passed until it was sent again\)/)
      })
    }
  })

  describe(`automatic pipelining of ioredis, ${version}`, () => {
    let app: App
    before(async () => {
      app = await runApp('ioredis.js', { env: { LIBRARIES: libraries } })
    })
    after(() => app.stop())

    it('is told as a batch: its answers come with the last one, so none of its commands is blamed alone', async () => {
      const { verdict } = await explainedAs('cache.slow', app, '/batch')
      // Where others have the CPU between the two ends, the second has a few milliseconds of its own.
      assert.match(verdict.summary, /^Waited .* (?:for|was) (?:GET|EVAL)\b.*, in one batch with (?:GET|EVAL)\b/)
    })
  })
}
