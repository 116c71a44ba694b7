// Thousands of GETs, one after another.

exports.needs = 'redis'
exports.app = () => {
  const Redis = require('ioredis')
  const client = new Redis(process.env.REDIS_URL)
  return {
    routes: {
      '/cart': async () => {
        for (let line = 0; line < 6000; line++) await client.get(`cart:17:${line}`)
      }
    },
    close: () => client.quit()
  }
}
exports.load = ({ get }) => get('/cart')
exports.expect = { route: '/cart', cause: 'cache.n_plus_one', culprit: /GET cart:\?:\?/ }
