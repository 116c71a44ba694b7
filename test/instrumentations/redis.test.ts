import { describeRedis } from './redis-cases.js'
import { VERSIONS } from './versions.js'

const commands = ['MULTI', 'SET a', 'GET a', 'EXEC']

describeRedis({
  title: 'redis, newest',
  file: 'redis.js',
  driver: 'redis',
  libraries: undefined,
  multi: ['MULTI'],
  target: true
})
describeRedis({
  title: 'redis, newest, by import',
  file: 'redis.mjs',
  libraries: undefined,
  multi: ['MULTI'],
  target: true
})
describeRedis({
  title: 'redis, newest without channels',
  file: 'redis.js',
  driver: 'redis',
  libraries: VERSIONS['newest without channels'],
  multi: commands,
  target: false
})
describeRedis({
  title: 'redis, oldest',
  file: 'redis.js',
  driver: '@redis/client',
  libraries: VERSIONS.oldest,
  multi: commands,
  target: false
})
