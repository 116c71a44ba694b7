import { describeRedis } from './redis-cases.js'
import { VERSIONS } from './versions.js'

const more: [string, string, string[]][] = [
  ['/transaction', '[[null,"sesame"]]', ['EVAL', 'MULTI', 'GET user:?:name', 'EXEC']],
  ['/callback', 'sesame', ['EVAL', 'GET user:?:name']]
]
const together = [
  ['/late-one', '/late-two'],
  ['/automatic-one', '/automatic-two']
]

for (const [version, libraries] of Object.entries(VERSIONS)) {
  describeRedis({ title: `ioredis, ${version}`, file: 'ioredis.js', libraries, more, tellsSent: true, together })
}
describeRedis({
  title: 'ioredis, newest, by import',
  file: 'ioredis.mjs',
  libraries: undefined,
  more,
  tellsSent: true,
  together
})
