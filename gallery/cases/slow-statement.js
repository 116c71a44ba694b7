// One statement takes long at the server.

const SLOW = 'SELECT count(*) FROM generate_series(1, 10), pg_sleep(0.7)'

exports.needs = 'postgres'
exports.short = true
exports.app = ({ timed }) => {
  const { Pool } = require('pg')
  const pool = new Pool()
  return {
    routes: { '/warm': () => pool.query('SELECT 1'), '/report': () => timed(() => pool.query(SLOW)) },
    close: () => pool.end()
  }
}
exports.load = async ({ get }) => {
  await get('/warm')
  await get('/report')
}
exports.expect = { route: '/report', cause: 'db.slow_query', culprit: /pg_sleep/, ms: 'planted', measured: true }

exports.variants = {
  promise: {},
  callback: {
    app({ planted }) {
      const { Pool } = require('pg')
      const pool = new Pool()
      return {
        routes: {
          '/warm': () => pool.query('SELECT 1'),
          '/report': (_req, res) => {
            const start = performance.now()
            pool.query(SLOW, (error, { rowCount }) => {
              planted(performance.now() - start)
              res.end(error ? error.message : String(rowCount))
            })
          }
        },
        close: () => pool.end()
      }
    }
  },
  express: { framework: 'express' },
  'fifty at once': {
    app() {
      const { Pool } = require('pg')
      const pool = new Pool({ max: 50 })
      return { routes: { '/warm': () => 'warm', '/report': () => pool.query(SLOW) }, close: () => pool.end() }
    },
    load: async ({ atOnce }) => {
      // The first fifty open the connections.
      await atOnce(50, '/report')
    },
    expect: { causes: ['db.slow_query', 'db.pool_wait'], ms: undefined, measured: undefined }
  }
}
