// A command of Redis or memcached as it may leave the process: its name, and the pattern of its key where the first argument is
// known to be a key. Pure. Fails closed: of all other commands (AUTH, EVAL, CONFIG SET, modules, misspelt ones) only the name stays.

import { withoutIds } from './ids.js'

const KEY_MAX_CHARS = 200
const COMMAND = /^[A-Za-z][\w.]{0,31}$/
/** Not commands of the server's with a key, but many sent at once: how many, and which (lib/hook/redis-commands.ts). */
const COUNTED = '(?:\\d{1,9} )?(?:[A-Z][A-Z0-9_.]{0,31}|\\?|others)'
const BATCH = new RegExp(`^(?:MULTI|PIPELINE) \\d{1,9}(?: \\(${COUNTED}(?:, ${COUNTED})*\\))?$`)

const KEY_FIRST = new Set(
  `append bitcount bitfield bitfield_ro bitpos decr decrby del dump exists expire expireat expiretime get getbit getdel getex
  getrange getset incr incrby incrbyfloat mget mset msetnx persist pexpire pexpireat pexpiretime psetex pttl rename renamenx
  restore set setbit setex setnx setrange sort sort_ro strlen substr touch ttl type unlink watch
  hdel hexists hexpire hget hgetall hgetdel hgetex hincrby hincrbyfloat hkeys hlen hmget hmset hpersist hpexpire hrandfield
  hscan hset hsetex hsetnx hstrlen httl hvals
  blmove blpop brpop brpoplpush lindex linsert llen lmove lpop lpos lpush lpushx lrange lrem lset ltrim rpop rpoplpush rpush
  rpushx
  sadd scard sdiff sdiffstore sinter sinterstore sismember smembers smismember smove spop srandmember srem sscan sunion
  sunionstore
  bzpopmax bzpopmin zadd zcard zcount zincrby zlexcount zmscore zpopmax zpopmin zrandmember zrange zrangebylex
  zrangebyscore zrangestore zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex
  zrevrangebyscore zrevrank zscan zscore zunionstore zinterstore zdiffstore
  geoadd geodist geohash geopos georadius georadius_ro georadiusbymember geosearch geosearchstore
  pfadd pfcount pfmerge
  xack xadd xautoclaim xclaim xdel xlen xpending xrange xrevrange xtrim
  json.del json.get json.mget json.set json.type
  add cas delete gets prepend replace`.split(/\s+/)
)

/** `get user:17` → `GET user:?`; `MULTI 3 (2 SET, GET)` stays. */
export function maskCommand(text: string): string {
  if (BATCH.test(text)) return text
  const space = text.indexOf(' ')
  const command = space < 0 ? text : text.slice(0, space)
  if (!COMMAND.test(command)) return '?'
  const name = command.toUpperCase()
  if (space < 0 || !KEY_FIRST.has(command.toLowerCase())) return name
  const key = text.slice(space + 1)
  const pattern = withoutIds(key.slice(0, KEY_MAX_CHARS)).replace(/[\x00-\x20\x7f-\x9f]+/g, ' ')
  return `${name} ${pattern}${key.length > KEY_MAX_CHARS ? '?' : ''}`
}
