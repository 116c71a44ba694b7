import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { VERSIONS } from './versions.js'

for (const [version, file] of [
  ['newest', 'grpc.js'],
  ['oldest', 'grpc.js'],
  ['newest', 'grpc.mjs']
] as const) {
  describe(`grpc, ${version}, by ${file.endsWith('mjs') ? 'import' : 'require'}`, () => {
    let app: App
    before(async () => {
      app = await runApp(file, { env: { LIBRARIES: VERSIONS[version] } })
    })
    after(() => app.stop())

    const served = (method: string): Promise<Report> => app.reportOf(`/shop.Stock/${method}`)

    for (const [path, body, method, error, statusCode] of [
      ['/unary', 'it is there', 'Get', null, 200],
      ['/fails', 'no such thing', 'Fails', /^NOT_FOUND: /, 404],
      ['/list', 'one,two', 'List', null, 200],
      ['/list-fails', 'lost', 'ListFails', /^DATA_LOSS: lost/, 500],
      ['/add', 'ab', 'Add', null, 200],
      ['/talk', 'hello!', 'Talk', null, 200]
    ] as const) {
      it(`times a call of ${method} at its caller and where it is served, in one trace`, async () => {
        const caller = await app.explained(path, body)
        const [operation, ...more] = caller.operations
        assert.deepEqual(more, [])
        assert.deepEqual([operation!.kind, operation!.system], ['http', 'grpc'])
        assert.match(operation!.name, /^POST 127\.0\.0\.1:\d+$/)
        assert.match(operation!.text, new RegExp(`^POST http://127\\.0\\.0\\.1:\\d+/shop\\.Stock/${method}$`))
        assert.ok(operation!.durationMs! >= 95, `${operation!.durationMs} ms`)
        if (error) assert.match(operation!.error!, error)
        else assert.equal(operation!.error, null)

        const server = await served(method)
        assert.equal(server.traceId, caller.traceId)
        assert.equal(server.parentSpanId, operation!.spanId)
        assert.deepEqual(
          [server.request.method, server.request.statusCode, server.status],
          ['POST', statusCode, 'finished']
        )
        assert.ok(server.durationMs >= 95, `${server.durationMs} ms`)
      })
    }

    it('says which call was late, and that the caller went away', async () => {
      const caller = await explainedAs('http.slow_peer', app, '/late')
      assert.match(caller.verdict.summary, /shop\.Stock\/Hang.*DEADLINE_EXCEEDED/)
      assert.equal((await served('Hang')).status, 'aborted')
    })

    it('tells the wait for a connection apart from that for the answer', async () => {
      const { operations, verdict } = await explainedAs('http.connect', app, '/early')
      assert.match(verdict.summary, / of it after a first try had failed\./)
      assert.ok(operations[0]!.phases!['connectMs']! >= 110, JSON.stringify(operations))
    })

    it('wait for a stream where the server has as many as it takes at once', async () => {
      const { operations, verdict } = await explainedAs('http.socket_wait', app, '/narrow')
      assert.match(verdict.summary, /for a free stream to .*, before POST \S+\/Last could be sent/)
      // On a busy machine the code that is new takes long.
      assert.doesNotMatch(verdict.summary, /Inferred: (?!the event loop was busy)/)
      const last = operations.find(({ text }) => text.endsWith('/Last'))!
      assert.ok(last.phases!['firstByteMs']! < last.phases!['socketMs']!, JSON.stringify(last))
    })

    it('watches a channel once, however many calls fail while its server is away', async () => {
      const { body } = await app.get('/away')
      assert.ok(Number(body) <= 1, `${body} watchers`)
    })

    it('says of a call that the client sent again by itself that its pauses are part of the time', async () => {
      const { verdict } = await explainedAs('http.slow_peer', app, '/busy')
      assert.match(verdict.summary, /shop\.Stock\/Busy.* Inferred: its client sent it more than once by itself/)
    })

    it('does not tell a peer slow whose messages lie unread', async () => {
      const { verdict } = await explainedAs('unknown', app, '/read-slowly')
      assert.match(verdict.summary, /while the answer to POST 127\.0\.0\.1:\d+\/shop\.Stock\/Many lay unread/)
    })

    it('sends the trace along once', async () => {
      const { body } = await app.get('/headers')
      const { traceId } = await app.reportOf('/headers')
      assert.match(JSON.parse(body).traceparent, new RegExp(`^00-${traceId}-`))
    })

    it('changes nothing that the application sees', async () => {
      const bare = await runApp(file, { preload: 'none', env: { LIBRARIES: VERSIONS[version] } })
      const [expected, seen] = [await bare.get('/behaviour'), await app.get('/behaviour')]
      await bare.stop()
      assert.equal(expected.status, 200, expected.body)
      assert.deepEqual(JSON.parse(seen.body), JSON.parse(expected.body))
    })
  })
}
