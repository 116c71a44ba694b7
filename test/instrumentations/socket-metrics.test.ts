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
      const paths = ['/two', '/many', '/pool', '/unbounded', '/total']
      for (const path of paths) for (let i = 0; i < 3; i++) await app.get(path)
      await backend.collection(points =>
        points.some(({ name, count }) => name === 'http.client.request.duration' && count === paths.length * 3 * 6)
      )
      await app.stop()
      await backend.close()
      peer.closeAllConnections()
      peer.close()

      const last = (name: string, attribute: string): Record<string, number> =>
        Object.fromEntries(
          backend.metrics
            .at(-1)!
            .filter(point => point.name === name)
            .map(({ attributes, value }) => [String(attributes[attribute]), value])
        )
      const sockets = (values: Record<string, number>) =>
        Object.fromEntries(Object.entries(values).filter(([resource]) => resource.startsWith('sockets')))
      const two = `sockets 127.0.0.1:${port}`
      const [three, total] = [`${two} 2`, `${two} 3`]
      assert.deepEqual(sockets(last('perfagent.resource.capacity', 'perfagent.resource')), {
        [two]: 2,
        [three]: 3,
        [total]: 4
      })
      const busy = last('perfagent.resource.busy_time', 'perfagent.resource')
      const requests = last('http.server.request.duration', 'http.route')
      // Six calls of a request keep all of them in use until it ends, however late the machine is.
      for (const [resource, count, path] of [
        [two, 2, '/two'],
        [three, 3, '/pool'],
        [total, 4, '/total']
      ] as const) {
        const share = busy[resource]! / (count * requests[path]!)
        assert.ok(share > 0.6 && share < 1.3, `${resource} was in use for ${share} of ${requests[path]} s`)
      }
    })
  })
}
