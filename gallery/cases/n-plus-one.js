// A query in a loop.

const { openAll } = require('../pools.js')

const ROW = 'SELECT $1::int AS id, pg_sleep(0.01)'

exports.needs = 'postgres'
exports.short = true
exports.app = ({ timed }) => {
  const { Pool } = require('pg')
  const pool = new Pool()
  async function orders() {
    for (let id = 1; id <= 60; id++) await pool.query(ROW, [id])
  }
  return {
    routes: { '/warm': () => pool.query('SELECT 1'), '/orders': () => timed(orders) },
    close: () => pool.end()
  }
}
exports.load = async ({ get }) => {
  await get('/warm')
  await get('/orders')
}
exports.expect = { route: '/orders', cause: 'db.n_plus_one', culprit: /pg_sleep/, ms: 'planted', measured: true }

exports.variants = {
  promise: {},
  callback: {
    app({ planted }) {
      const { Pool } = require('pg')
      const pool = new Pool()
      function orders(id, done) {
        if (id > 60) return done()
        pool.query(ROW, [id], () => orders(id + 1, done))
      }
      return {
        routes: {
          '/warm': () => pool.query('SELECT 1'),
          '/orders': (_req, res) => {
            const start = performance.now()
            orders(1, () => {
              planted(performance.now() - start)
              res.end('done')
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
      async function orders() {
        for (let id = 1; id <= 14; id++) await pool.query('SELECT $1::int AS id, pg_sleep(0.05)', [id])
      }
      return { routes: { '/warm': () => openAll(pool), '/orders': orders }, close: () => pool.end() }
    },
    load: async ({ get, atOnce }) => {
      await get('/warm')
      await atOnce(50, '/orders')
    },
    expect: { ms: undefined, measured: undefined }
  }
}
