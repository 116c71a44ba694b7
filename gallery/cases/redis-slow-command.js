// One command keeps the server busy.

exports.needs = 'redis'
exports.app = async () => {
  const { createClient } = require('redis')
  const client = await createClient({ url: process.env.REDIS_URL }).connect()
  const script = `local from = redis.call('TIME')
    repeat local now = redis.call('TIME') until (now[1] - from[1]) * 1e6 + now[2] - from[2] > 6e5`
  return { routes: { '/cleanup': () => client.eval(script) }, close: () => client.quit() }
}
exports.load = ({ get }) => get('/cleanup')
exports.expect = { route: '/cleanup', cause: 'cache.slow', culprit: /EVAL/, ms: 600 }
