import { describeRedis } from './redis-cases.js'
import { VERSIONS } from './versions.js'

const multi = ['MULTI', 'SET a', 'GET a', 'EXEC']
const more: [string, string, string[]][] = [
  ['/pipeline', 'WRONGTYPE 2', ['SET a', 'LPUSH a', 'GET a']],
  ['/callback', 'sesame', ['GET user:?:name']]
]

for (const [version, libraries] of Object.entries(VERSIONS)) {
  describeRedis({ title: `ioredis, ${version}`, file: 'ioredis.js', libraries, multi, more, target: true })
}
describeRedis({
  title: 'ioredis, newest, by import',
  file: 'ioredis.mjs',
  libraries: undefined,
  multi,
  more,
  target: true
})
