// One command keeps the server busy, as KEYS does with millions of keys.

const BUSY = `local from = redis.call('TIME')
  repeat local now = redis.call('TIME') until (now[1] - from[1]) * 1e6 + now[2] - from[2] > 6e5`

exports.needs = 'redis'
exports.short = true
exports.app = async ({ timed }) => {
  const { createClient } = require('redis')
  const client = await createClient({ url: process.env.REDIS_URL }).connect()
  return { routes: { '/cleanup': () => timed(() => client.eval(BUSY)) }, close: () => client.quit() }
}
exports.load = ({ get }) => get('/cleanup')
exports.expect = { route: '/cleanup', cause: 'cache.slow', culprit: /EVAL/, ms: 'planted', measured: true }

exports.variants = {
  redis: {},
  'ioredis, express': {
    framework: 'express',
    app({ timed }) {
      const Redis = require('ioredis')
      const client = new Redis(process.env.REDIS_URL)
      return {
        routes: {
          '/cleanup': async () => {
            await client.ping()
            return timed(() => client.eval(BUSY, 0))
          }
        },
        close: () => client.quit()
      }
    }
  }
}
