import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { type Peer, startPeer } from './peer.js'
import { sameAsBare } from './same-as-bare.js'
import { VERSIONS } from './versions.js'

for (const [version, libraries] of Object.entries({ newest: VERSIONS.newest, oldest: VERSIONS.oldest })) {
  describe(`handlers of bluebird, ${version}`, () => {
    let app: App
    let peer: Peer
    before(async () => {
      peer = await startPeer()
      app = await runApp('bluebird.js', { env: { PEER_URL: peer.url, LIBRARIES: libraries } })
    })
    after(async () => {
      await app.stop()
      peer.close()
    })

    it('keep their request, whichever was the first whose handlers were to be called', async () => {
      const names = ['one', 'two']
      const reports = names.map(name => app.reportOf(`/${name}`))
      await Promise.all(names.map(name => app.get(`/${name}`)))
      for (const [i, name] of names.entries()) {
        const { operations } = await reports[i]!
        assert.deepEqual(
          operations.map(({ text }) => text),
          ['then', 'finally', 'map', 'reduce'].map(step => `GET ${peer.url}/${name}/${step}`)
        )
      }
    })

    it('change nothing that the application sees', () => sameAsBare('bluebird-behaviour.js', { LIBRARIES: libraries }))
  })
}
