// The moments of a socket that connects: its name resolved, TCP, TLS. Main thread. Only such a socket gets listeners, which
// remove themselves.

import { createFuse, guard } from './guard.js'

export type Connecting = 'dns' | 'connect' | 'securing' | 'tls'

export interface ConnectingSocket {
  encrypted?: boolean
  /** Set by Node (20 to 26) while a name is looked up. */
  _host?: string | null
  once(event: string, listener: () => void): void
  removeListener(event: string, listener: () => void): void
}

const fuse = createFuse('connecting')

/** Mocks emit what they like. */
export const isConnecting = (socket: unknown): socket is ConnectingSocket =>
  (socket as { connecting?: unknown } | undefined)?.connecting === true &&
  typeof (socket as ConnectingSocket).removeListener === 'function'

/** `look` runs as a listener of the application's socket. */
export function watchConnecting(socket: ConnectingSocket, look: (moment: Connecting) => void): void {
  const tell = guard(fuse, look)
  const onLookup = (): void => tell('dns')
  socket.once('lookup', onLookup)
  if (socket.encrypted) socket.once('secureConnect', () => tell('tls'))
  socket.once('connect', () => {
    socket.removeListener('lookup', onLookup)
    tell('connect')
    if (socket.encrypted) tell('securing')
  })
}
