// NATS, with JetStream, which keeps what it has in the service's folder.

import path from 'node:path'
import { fromUrl } from './address.mjs'

export const nats = {
  name: 'nats',
  title: 'NATS',
  variable: 'NATS_URL',
  binaries: ['nats-server'],
  packages: ['nats-server'],

  named: ({ NATS_URL }) => (NATS_URL ? fromUrl('NATS_URL', NATS_URL, ['nats:'], 4222) : undefined),

  command: ({ bin, home, port }) => [
    bin['nats-server'],
    ...['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', path.join(home, 'data')]
  ],
  ready: /Server is ready/,
  signal: 'SIGKILL',

  env: port => ({ NATS_URL: `nats://127.0.0.1:${port}` })
}
