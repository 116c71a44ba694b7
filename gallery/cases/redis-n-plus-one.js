// Thousands of GETs, one after another.

exports.needs = 'redis'
exports.short = true
exports.app = ({ timed }) => {
  const Redis = require('ioredis')
  const client = new Redis(process.env.REDIS_URL)
  async function cart() {
    let line = 0
    for (const until = Date.now() + 700; Date.now() < until; line++) await client.get(`cart:17:${line}`)
    return line
  }
  return { routes: { '/warm': () => client.ping(), '/cart': () => timed(cart) }, close: () => client.quit() }
}
exports.load = async ({ get }) => {
  await get('/warm')
  await get('/cart')
}
exports.expect = { route: '/cart', cause: 'cache.n_plus_one', culprit: /GET cart:\?:\?/, ms: 'planted' }

exports.variants = {
  ioredis: {},
  'redis, express': {
    framework: 'express',
    app: async ({ timed }) => {
      const { createClient } = require('redis')
      const client = await createClient({ url: process.env.REDIS_URL }).connect()
      async function cart() {
        let line = 0
        for (const until = Date.now() + 700; Date.now() < until; line++) await client.get(`cart:17:${line}`)
        return line
      }
      return { routes: { '/warm': () => client.ping(), '/cart': () => timed(cart) }, close: () => client.quit() }
    }
  }
}
