// Another route holds all connections of the pool.

exports.needs = 'postgres'
exports.app = ({ timed }) => {
  const { Pool } = require('pg')
  const pool = new Pool({ max: 3 })
  return {
    routes: {
      '/warm': () => Promise.all([1, 2, 3].map(() => pool.query('SELECT pg_sleep(0.05)'))),
      '/export': () => pool.query('SELECT pg_sleep(1)').then(() => 'exported'),
      '/item': () => timed(() => pool.query('SELECT 1').then(() => 'item'))
    },
    close: () => pool.end()
  }
}
exports.load = async ({ get, atOnce, pause }) => {
  await get('/warm')
  const others = atOnce(3, '/export')
  await pause(200)
  await Promise.all([get('/item'), others])
}
exports.expect = { route: '/item', cause: 'db.pool_wait', culprit: /GET \/export/, ms: 'planted', measured: true }

exports.variants = {
  promise: {},
  express: { framework: 'express' },
  'fifty at once': {
    load: async ({ get, atOnce, pause }) => {
      await get('/warm')
      const others = atOnce(3, '/export')
      await pause(200)
      await Promise.all([atOnce(50, '/item'), others])
    },
    expect: { ms: undefined }
  }
}
