import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'
import { RECORDER, runProgram } from '../harness/program.js'
import { type Peer, startPeer } from './peer.js'
import { tellsHolders } from './socket-holders.js'
import { VERSIONS } from './versions.js'

for (const version of ['newest', 'oldest'] as const) describeUndici(version)

// title | moments in time order | end
const CONNECTING = `\
plain | connecting connect sent headers | ended
by name | connecting resolving dns connect sent headers | ended
by TLS | connecting connect securing tls sent headers | ended
refused | connecting | ECONNREFUSED
a name that nobody knows | connecting resolving dns | ENOTFOUND
a connector of its own | connecting connect sent headers | ended
a connector that takes its time | connecting opened sent headers | ended
the only connection of a pool | connecting connect sent headers | ended
the only connection of a pool | connecting connect sent headers | ended
a kept connection, first | connecting connect sent headers | ended
a kept connection, second | sent headers | ended
a name, by fetch | connecting resolving dns connect sent headers | ended
a kept connection of fetch | sent headers | ended
`

const READ_AND_WRITTEN = `\
node:http: a reader that is behind, mostly unread
node:http: a peer that is slow
fetch: a reader that is behind, mostly unread
fetch: a peer that is slow
undici: a reader that is behind, mostly unread
undici: a peer that is slow
node:http: a body, mostly being written
fetch: a body, mostly being written
undici: a body, mostly being written
fetch: a body in one piece
`

// way: calls of the first request | of the second | of the one that opened the connection
const AGAIN = `\
fetch: /moved /found | /moved /found | -
RetryHandler: /retried /retried | /retried /retried | -
RetryHandler: /reset /reset | /reset /reset | -
`
const AGAIN_BY = {
  newest: `${AGAIN}\
RetryAgent: /retried /retried | /retried /retried | -
RetryAgent: /reset /reset | /reset /reset | -
redirect, retry: /moved /found | /moved /found | -
redirect, retry: /retried /retried | /retried /retried | -
redirect, retry: /both /retriedtoo /both | /both /retriedtoo /both | -
retry, redirect: /moved /found | /moved /found | -
retry, redirect: /retried /retried | /retried /retried | -
retry, redirect: /both /retriedtoo /retriedtoo | /both /retriedtoo /retriedtoo | -
`,
  oldest: `${AGAIN}\
maxRedirections: /moved /found | /moved /found | -
`
}

function describeUndici(version: 'newest' | 'oldest'): void {
  describe(`calls by undici, ${version}, and fetch`, () => {
    let app: App
    let peer: Peer
    before(async () => {
      peer = await startPeer()
      app = await runApp('calls.js', { env: { PEER_URL: peer.url, LIBRARIES: VERSIONS[version] } })
      // The first fetch of a process loads it, which takes longer than the answer.
      await app.get('/seen')
    })
    after(async () => {
      await app.stop()
      peer.close()
    })

    for (const [path, text] of [
      ['/fetch', '/late?token=?'],
      ['/undici', '/late'],
      ['/fetch-hints', '/hints'],
      ['/undici-hints', '/hints']
    ] as const) {
      it(`${path} tells the peer, the status and when the first byte came`, async () => {
        const { operations } = await explainedAs('http.slow_peer', app, path)
        const [call, ...more] = operations
        assert.deepEqual(more, [])
        assert.equal(call!.text, `GET ${peer.url}${text}`)
        assert.equal(call!.target, new URL(peer.url).host)
        assert.equal(call!.statusCode, 200)
        assert.ok(call!.phases!['firstByteMs']! >= 90, JSON.stringify(call!.phases))
      })
    }

    for (const path of ['/fetch-large', '/undici-large']) {
      it(`${path} tells how long a large body took to be sent, which its peer read late`, async () => {
        const { verdict } = await explainedAs('http.slow_peer', app, path)
        assert.match(verdict.summary, /, which answered 200 \([\d.]+ m?s of it until its 8 MB had been sent\)\./)
        assert.equal(verdict.confidence, 'measured', verdict.summary)
      })
    }

    it('tells the wait for a free connection of the pool apart', async () => {
      const { operations, breakdown } = await app.explained('/undici-queued', 'late,late')
      assert.equal(operations.length, 2)
      assert.ok(operations.some(({ phases }) => phases!['socketMs']! >= 50))
      assert.ok(
        breakdown.some(({ cause, ms, share }) =>
          // A busy machine has had the time of the wait.
          cause === 'cpu.contended' ? share > 0.5 : cause === 'http.socket_wait' && ms >= 50
        ),
        JSON.stringify(breakdown)
      )
    })

    tellsHolders('undici', () => ({ app, peer }))

    it('lays what a reader that is behind takes on no peer', async () => {
      const { breakdown } = await app.explained('/fetch-behind', 'read')
      const peers = breakdown.find(({ cause }) => cause === 'http.slow_peer')
      assert.ok((peers?.share ?? 0) < 0.5, JSON.stringify(breakdown))
    })

    async function printedBy(program: string): Promise<string> {
      const { stdout, stderr } = await runProgram(program, {
        preload: 'none',
        nodeArgs: ['--require', RECORDER],
        env: { LIBRARIES: VERSIONS[version] }
      })
      assert.equal(stderr, '')
      return stdout
    }

    it('tells the set-up of a connection apart from the wait for one that is not free', async () => {
      assert.equal(await printedBy('undici-connecting.js'), CONNECTING)
    })

    it('tells who is behind: who reads and writes, or the peer', async () => {
      assert.equal(await printedBy('unread.js'), READ_AND_WRITTEN)
    })

    it('tells a call that undici makes again of the request that made the first', async () => {
      assert.equal(await printedBy('undici-again.js'), AGAIN_BY[version])
    })

    it("tells a call that waits in a Pool's queue from its beginning, of the request that made it", async () => {
      assert.equal(
        await printedBy('undici-queue.js'),
        `\
/first made GET /first, told from its beginning, sent at once, 1 end
/second made GET /second, told from its beginning, waited for 1, 1 end
/third made GET /third, told from its beginning, waited for 2, 1 end
/shared-first made GET /shared-first, told from its beginning, sent at once, 1 end
/shared-second made GET /shared-second, told from its beginning, waited for 1, 1 end
/shared-third made GET /shared-third, told from its beginning, waited for 2, 1 end
/alike-first made GET /options, told from its beginning, sent at once, 1 end
/alike-second made GET /options, told from its beginning, waited for 1, 1 end
`
      )
    })
  })
}
