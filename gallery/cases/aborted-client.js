// The client gives up; the query goes on.

exports.needs = 'postgres'
exports.app = () => {
  const { Pool } = require('pg')
  const pool = new Pool()
  return {
    routes: { '/slow': () => pool.query('SELECT pg_sleep(1.2)').then(() => 'late') },
    close: () => pool.end()
  }
}
exports.load = ({ abort }) => abort('/slow', 800)
exports.expect = { route: '/slow', cause: 'db.slow_query', culprit: /pg_sleep/, ms: 800, withinMs: 60 }
