// Redis: in memory alone.

import { fromUrl } from './address.mjs'

export const redis = {
  name: 'redis',
  title: 'Redis',
  variable: 'REDIS_URL',
  binaries: ['redis-server'],
  packages: ['redis-server'],

  named: ({ REDIS_URL }) => (REDIS_URL ? fromUrl('REDIS_URL', REDIS_URL, ['redis:', 'rediss:'], 6379) : undefined),

  command: ({ bin, home, port }) => [
    bin['redis-server'],
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', home, '--save', '', '--appendonly', 'no']
  ],
  ready: /Ready to accept connections/,
  signal: 'SIGKILL',

  env: port => ({ REDIS_URL: `redis://127.0.0.1:${port}` })
}
