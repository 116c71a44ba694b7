// What a call that waits for a socket tells of those that have them; for each client in the same words.

import assert from 'node:assert/strict'
import type { App } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import type { Peer } from './peer.js'

/** Of test/apps/calls.js. */
export function tellsHolders(client: 'http' | 'undici', of: () => { app: App; peer: Peer }): void {
  it('that wait for a socket tell whose calls have them, for how long and for what', async () => {
    const { app, peer } = of()
    const { host } = new URL(peer.url)
    const { verdict, operations } = await explainedAs('http.socket_wait', app, `/${client}-behind`, () =>
      Promise.all([app.get(`/${client}-holds`), app.get(`/${client}-behind`)])
    )
    const { summary, culprit } = verdict
    const said = `: the only one was held by GET /${client}-holds \\(oldest [\\d.]+ m?s, for GET ${host}/late\\)\\.`
    assert.match(summary, new RegExp(said))
    const { route, statement, traceId } = culprit!
    assert.deepEqual([route, statement?.split('?')[0]], [`GET /${client}-holds`, `GET ${peer.url}/late`])
    const [holder] = operations[0]!.pool!.holders
    assert.equal(holder!.traceId, traceId)
    await app.report(report => report.traceId === traceId && report.request.route === `/${client}-holds`)
  })

  it('that wait for a socket tell that code outside any request has it', async () => {
    const { verdict } = await explainedAs('http.socket_wait', of().app, `/${client}-behind-a-job`)
    assert.match(verdict.summary, /: the only one was held by code outside any request \(oldest [\d.]+ m?s\)\./)
  })

  it('that wait for a socket that the request has itself tell so', async () => {
    const { app, peer } = of()
    const { host } = new URL(peer.url)
    const { operations } = await app.explained(`/${client}-queued`, 'late,late')
    const [pool] = operations.flatMap(({ pool }) => pool ?? [])
    assert.deepEqual([pool!.size, pool!.inUse, pool!.waiting], [1, 1, 0])
    const [holder] = pool!.holders
    assert.equal(holder!.route, `GET /${client}-queued`)
    assert.equal(holder!.call, `GET http://${host}/late`)
  })
}
