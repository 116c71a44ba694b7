// A query for each item, all at once, over a pool of two.

exports.needs = 'postgres'
exports.short = true
exports.app = () => {
  const { Pool } = require('pg')
  const pool = new Pool({ max: 2 })
  const item = id => pool.query('SELECT $1::int AS id, pg_sleep(0.05)', [id])
  return {
    routes: {
      '/warm': () => Promise.all([item(1), item(2)]).then(() => 'warm'),
      '/items': () => Promise.all(Array.from({ length: 24 }, (_, id) => item(id))).then(rows => rows.length)
    },
    close: () => pool.end()
  }
}
exports.load = async ({ get }) => {
  await get('/warm')
  await get('/items')
}
exports.expect = { route: '/items', causes: ['db.pool_wait', 'db.n_plus_one'], culprit: /of this request itself/ }

exports.variants = {
  promise: {},
  express: { framework: 'express' },
  'checked out': {
    app() {
      const { Pool } = require('pg')
      const pool = new Pool({ max: 2 })
      async function item(id) {
        const client = await pool.connect()
        try {
          return await client.query('SELECT $1::int AS id, pg_sleep(0.05)', [id])
        } finally {
          client.release()
        }
      }
      return {
        routes: {
          '/warm': () => Promise.all([item(1), item(2)]),
          '/items': () => Promise.all(Array.from({ length: 24 }, (_, id) => item(id)))
        },
        close: () => pool.end()
      }
    }
  }
}
