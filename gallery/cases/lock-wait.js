// An UPDATE waits for a row that another transaction has locked.

const { openAll } = require('../pools.js')

exports.needs = 'postgres'
exports.app = async ({ timed }) => {
  const { Pool } = require('pg')
  const pool = new Pool({ max: 55 })
  await pool.query('DROP TABLE IF EXISTS stock; CREATE TABLE stock (id int, n int); INSERT INTO stock VALUES (1, 5)')
  return {
    routes: {
      '/warm': () => openAll(pool),
      '/holder': async () => {
        const client = await pool.connect()
        await client.query('BEGIN')
        await client.query('UPDATE stock SET n = n - 1 WHERE id = 1')
        await new Promise(resolve => setTimeout(resolve, 900))
        await client.query('COMMIT')
        client.release()
      },
      '/buy': () => timed(() => pool.query('UPDATE stock SET n = n - 1 WHERE id = $1', [1]))
    },
    close: () => pool.end()
  }
}
exports.load = async ({ get, pause }) => {
  await get('/warm')
  const holder = get('/holder')
  await pause(150)
  await Promise.all([holder, get('/buy')])
}
exports.expect = { route: '/buy', cause: 'db.slow_query', culprit: /UPDATE stock/, ms: 'planted', measured: true }

exports.variants = {
  promise: {},
  express: { framework: 'express' },
  'fifty at once': {
    load: async ({ get, atOnce, pause }) => {
      await get('/warm')
      const holder = get('/holder')
      await pause(150)
      await Promise.all([holder, atOnce(50, '/buy')])
    },
    expect: { ms: undefined, measured: undefined }
  }
}
