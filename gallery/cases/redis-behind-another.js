// A GET behind a slow command of another request, on the same connection.

const BUSY = `local from = redis.call('TIME')
  repeat local now = redis.call('TIME') until (now[1] - from[1]) * 1e6 + now[2] - from[2] > 8e5`

exports.needs = 'redis'
exports.app = async ({ timed }) => {
  const { createClient } = require('redis')
  const client = await createClient({ url: process.env.REDIS_URL }).connect()
  return {
    routes: { '/cleanup': () => client.eval(BUSY), '/item': () => timed(() => client.get('item:1')) },
    close: () => client.quit()
  }
}
exports.load = async ({ get, pause }) => {
  const cleanup = get('/cleanup')
  await pause(50)
  await Promise.all([cleanup, get('/item')])
}
exports.expect = { route: '/item', cause: 'db.pool_wait', culprit: /EVAL.*\/cleanup/s, ms: 'planted', measured: true }

exports.variants = {
  redis: {},
  'fifty at once': {
    load: async ({ get, atOnce, pause }) => {
      const cleanup = get('/cleanup')
      await pause(50)
      await Promise.all([cleanup, atOnce(50, '/item')])
    },
    expect: { ms: undefined, measured: undefined }
  },
  'ioredis, express': {
    framework: 'express',
    app({ timed }) {
      const Redis = require('ioredis')
      const client = new Redis(process.env.REDIS_URL)
      return {
        routes: { '/cleanup': () => client.eval(BUSY, 0), '/item': () => timed(() => client.get('item:1')) },
        close: () => client.quit()
      }
    }
  }
}
