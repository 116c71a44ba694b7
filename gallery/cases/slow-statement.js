// One statement takes long at the server.

exports.needs = 'postgres'
exports.app = () => {
  const { Pool } = require('pg')
  const pool = new Pool()
  return {
    routes: {
      '/report': () => pool.query('SELECT count(*) FROM generate_series(1, 10), pg_sleep(0.7)').then(() => 'done')
    },
    close: () => pool.end()
  }
}
exports.load = ({ get }) => get('/report')
exports.expect = { route: '/report', cause: 'db.slow_query', culprit: /pg_sleep/, ms: 700 }
