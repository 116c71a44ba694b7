// The client gives up; the query goes on.

exports.needs = 'postgres'
exports.app = () => {
  const { Pool } = require('pg')
  const pool = new Pool()
  return {
    routes: { '/warm': () => pool.query('SELECT 1'), '/slow': () => pool.query('SELECT pg_sleep(1.2)') },
    close: () => pool.end()
  }
}
exports.load = async ({ get, abort }) => {
  await get('/warm')
  const start = performance.now()
  await abort('/slow', 800)
  return performance.now() - start
}
exports.expect = { route: '/slow', cause: 'db.slow_query', culprit: /pg_sleep/, ms: 'planted', measured: true }

exports.variants = { http: {}, express: { framework: 'express' } }
