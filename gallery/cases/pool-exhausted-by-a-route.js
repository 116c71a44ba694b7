// Another route holds all connections of the pool.

exports.needs = 'postgres'
exports.app = () => {
  const { Pool } = require('pg')
  const pool = new Pool({ max: 3 })
  return {
    routes: {
      '/export': () => pool.query('SELECT pg_sleep(1)').then(() => 'exported'),
      '/item': () => pool.query('SELECT 1').then(() => 'item')
    },
    close: () => pool.end()
  }
}
exports.load = async ({ get, pause }) => {
  const exports_ = [get('/export'), get('/export'), get('/export')]
  await pause(200)
  await Promise.all([get('/item'), ...exports_])
}
exports.expect = { route: '/item', cause: 'db.pool_wait', culprit: /GET \/export/, ms: 800, withinMs: 100 }
