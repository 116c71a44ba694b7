// Metrics of sockets whose number has a limit.

import assert from 'node:assert/strict'
import http from 'node:http'
import { runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { VERSIONS } from './versions.js'

const LATE_MS = 100

for (const version of ['newest', 'oldest'] as const) {
  describe(`metrics of sockets, undici ${version}`, () => {
    it('tell how many there may be and how long they were in use, and nothing of those without a limit', async () => {
      const backend = await startBackend()
      const peer = http
        .createServer((_req, res) => void setTimeout(() => res.end('late'), LATE_MS))
        .listen(0, '127.0.0.1')
      await new Promise(resolve => peer.once('listening', resolve))
      const { port } = peer.address() as { port: number }
      const app = await runApp('sockets.js', {
        backend,
        env: {
          PEER_URL: `http://127.0.0.1:${port}`,
          LIBRARIES: VERSIONS[version],
          OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
          PERFAGENT_SLOW_MS: '10000',
          OTEL_METRIC_EXPORT_INTERVAL: '200'
        }
      })
      const paths = ['/two', '/many', '/pool', '/unbounded']
      for (const path of paths) for (let i = 0; i < 3; i++) await app.get(path)
      await backend.collection(points =>
        points.some(({ name, count }) => name === 'http.client.request.duration' && count === 4 * 3 * 6)
      )
      await app.stop()
      await backend.close()
      peer.closeAllConnections()
      peer.close()

      const last = (name: string): [string, number][] =>
        backend.metrics
          .at(-1)!
          .filter(point => point.name === name)
          .map(({ attributes, value }): [string, number] => [String(attributes['perfagent.resource']), value])
          .filter(([resource]) => resource.startsWith('sockets'))
      const [two, three] = [`sockets 127.0.0.1:${port}`, `sockets 127.0.0.1:${port} 2`]
      assert.deepEqual(Object.fromEntries(last('perfagent.resource.capacity')), { [two]: 2, [three]: 3 })
      const busy = Object.fromEntries(last('perfagent.resource.busy_time'))
      // 18 calls each, of which any takes one for as long as the answer does, and a little longer on a busy machine.
      for (const resource of [two, three]) {
        const calls = busy[resource]! / (LATE_MS / 1000)
        assert.ok(calls > 18 * 0.7 && calls < 18 * 1.6, `${resource} was in use for ${calls} of 18 calls`)
      }
    })
  })
}
