// A query in a loop.

exports.needs = 'postgres'
exports.app = () => {
  const { Pool } = require('pg')
  const pool = new Pool()
  return {
    routes: {
      '/orders': async () => {
        for (let id = 1; id <= 60; id++) await pool.query('SELECT $1::int AS id, pg_sleep(0.01)', [id])
      }
    },
    close: () => pool.end()
  }
}
exports.load = ({ get }) => get('/orders')
exports.expect = { route: '/orders', cause: 'db.n_plus_one', culprit: /pg_sleep/, ms: 660 }
