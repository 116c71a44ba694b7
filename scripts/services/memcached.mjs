// memcached: over TCP alone. It says that it listens only when it is talkative.

import { toPort } from './address.mjs'

export const memcached = {
  name: 'memcached',
  title: 'memcached',
  variable: 'MEMCACHED',
  binaries: ['memcached'],
  packages: ['memcached'],

  named({ MEMCACHED }) {
    if (!MEMCACHED) return undefined
    const [, host, port] = /^([\w.-]+):(\d+)$/.exec(MEMCACHED) ?? []
    if (!host) throw new Error('MEMCACHED is set, but not to host:port')
    return { host, port: toPort('the port of MEMCACHED', port), env: { MEMCACHED } }
  },

  command: ({ bin, port }) => [
    bin.memcached,
    ...['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-m', '16', '-t', '1', '-vv']
  ],
  ready: /server listening/,
  signal: 'SIGKILL',

  env: port => ({ MEMCACHED: `127.0.0.1:${port}` })
}
