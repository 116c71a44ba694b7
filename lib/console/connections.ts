// How many connections the console keeps open: as many as agents want, up to a bound that strangers cannot use up. One too many,
// and the one that has asked nothing for longest is closed. Agents of ours and OpenTelemetry's exporters keep theirs alive between
// two deliveries and open another when it is gone. When all are in use, the newest is closed itself.
//
// Node's own means do not suffice: `maxConnections` turns away the newest while others idle, and `closeIdleConnections` closes all
// that idle, but none that has sent nothing yet (Node 20 to 26).

import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export function limitConnections(server: Server, most: number): void {
  /** Open connections and their requests in flight; the one whose last change is longest ago comes first. */
  const inFlight = new Map<Socket, number>()

  function change(socket: Socket, by: number): void {
    const requests = inFlight.get(socket)
    // Closed meanwhile.
    if (requests === undefined) return
    inFlight.delete(socket)
    inFlight.set(socket, requests + by)
  }

  function closeIdlest(): void {
    for (const [socket, requests] of inFlight) {
      if (requests > 0) continue
      inFlight.delete(socket)
      socket.destroy()
      return
    }
  }

  server.on('connection', (socket: Socket) => {
    inFlight.set(socket, 0)
    socket.once('close', () => inFlight.delete(socket))
    if (inFlight.size > most) closeIdlest()
  })
  server.on('request', ({ socket }, response) => {
    change(socket, 1)
    response.once('close', () => change(socket, -1))
  })
}
