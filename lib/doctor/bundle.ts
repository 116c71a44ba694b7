// Libraries that a bundler copied into the program's main file, where nothing can be put in their place. They are found by a text of
// theirs that no minifier changes. Only libraries are looked for that are patched in all their versions.

import { readFileSync, statSync } from 'node:fs'
import type { Loaded } from '../hook/load.js'
import { type Finding, wrong } from './finding.js'

/** Package → a text that is in its code alone, without quotes. */
export const SIGNS: Record<string, string> = {
  pg: 'Client has already been connected. You cannot reuse a client.',
  postgres: 'The timeout option is deprecated, use idle_timeout instead',
  mysql: 'Cannot enqueue ',
  mariadb: 'Cannot execute new commands: connection closed',
  knex: 'Timeout acquiring a connection. The pool is probably full',
  mongodb: 'Current topology does not support sessions',
  ioredis: 'enableOfflineQueue options is false',
  memcached: 'No servers where supplied in the arguments',
  memjs: 'MemJS: Server',
  bullmq: 'Worker requires a connection',
  '@grpc/grpc-js': 'Failed to connect before the deadline',
  'koa-compose': 'Middleware stack must be an array!',
  'find-my-way': 'The first character of a path should be',
  '@hapi/hapi': 'Cannot change request URL after routing',
  'generic-pool': 'Resource not currently part of this pool'
}

/** Larger ones are not looked at. */
const MAX_BYTES = 50_000_000

export function judgeBundle(main: string, loaded: Loaded[]): Finding[] {
  const text = textOf(main)
  return Object.entries(SIGNS)
    .filter(([name, sign]) => text.includes(sign) && !loaded.some(({ module }) => `${module}/`.startsWith(`${name}/`)))
    .map(([name]) =>
      wrong(name, `it is inside the bundle ${main}, where it cannot be patched: it is not seen`, mendOf(name))
    )
}

const mendOf = (name: string): string =>
  `leave ${TOP[name] ?? name} outside the bundle (external): docs/compatibility.md, Bundles`

/** What the application itself requires. */
const TOP: Record<string, string> = { 'koa-compose': 'koa', 'find-my-way': 'fastify' }

/** '' when it cannot be read, or is no bundle by its size. */
function textOf(file: string): string {
  try {
    return statSync(file).size > MAX_BYTES ? '' : readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
