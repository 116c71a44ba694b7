// A client was taken and never given back.

exports.needs = 'postgres'
exports.app = () => {
  const { Pool } = require('pg')
  const pool = new Pool({ max: 1, connectionTimeoutMillis: 700 })
  let leaked
  return {
    routes: {
      '/leaky': async () => {
        leaked = await pool.connect()
        return 'forgot to release'
      },
      '/item': () => pool.query('SELECT 1').catch(error => error.message)
    },
    close: () => {
      leaked.release()
      pool.end()
    }
  }
}
exports.load = async ({ get }) => {
  await get('/leaky')
  await get('/item')
}
exports.expect = { route: '/item', cause: 'db.pool_wait', culprit: /GET \/leaky/, ms: 700 }
