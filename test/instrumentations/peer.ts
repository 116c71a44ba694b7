// A service that others call, in the tests' own process: late, slow in its body, or gone.

import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** More than half of the call, also where its process has waited for a CPU before it began to send. */
const READS_LATE_MS = 2000

export interface Peer {
  url: string
  close(): void
}

export async function startPeer(): Promise<Peer> {
  const server = http.createServer((req, res) => {
    if (req.url === '/reset') return req.socket.resetAndDestroy()
    if (req.url === '/large') return res.end(Buffer.alloc(8 * 1024 * 1024))
    if (req.url === '/headers') return res.end(JSON.stringify(req.headers))
    if (req.url === '/reads-late') {
      // Another on the same connection would be taken at once: the kernel lets a reader's buffer grow up to 32 MB.
      res.shouldKeepAlive = false
      setTimeout(() => req.resume(), READS_LATE_MS)
      return req.on('end', () => res.end('read'))
    }
    if (req.url === '/slow-body') {
      res.write('begins')
      return setTimeout(() => res.end(' and ends'), 100)
    }
    if (req.url === '/hints') res.writeEarlyHints({ link: '</style.css>; rel=preload' })
    return setTimeout(() => res.end('late'), req.url?.startsWith('/items/') ? 5 : 100)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    }
  }
}
