// A client was taken and never given back.

exports.needs = 'postgres'
exports.short = true
exports.app = ({ timed }) => {
  const { Pool } = require('pg')
  const pool = new Pool({ max: 1, connectionTimeoutMillis: 700 })
  let leaked
  return {
    routes: {
      '/leaky': async () => {
        leaked = await pool.connect()
        return 'forgot to release'
      },
      '/item': () => timed(() => pool.query('SELECT 1').catch(error => error.message))
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
exports.expect = { route: '/item', cause: 'db.pool_wait', culprit: /GET \/leaky/, ms: 'planted', measured: true }

exports.variants = {
  promise: {},
  callback: {
    app({ planted }) {
      const { Pool } = require('pg')
      const pool = new Pool({ max: 1, connectionTimeoutMillis: 700 })
      let giveBack
      return {
        routes: {
          '/leaky': (_req, res) =>
            pool.connect((_error, _client, done) => {
              giveBack = done
              res.end('forgot to release')
            }),
          '/item': (_req, res) => {
            const start = performance.now()
            pool.connect(error => {
              planted(performance.now() - start)
              res.end(error.message)
            })
          }
        },
        close: () => {
          giveBack()
          pool.end()
        }
      }
    }
  },
  express: { framework: 'express' }
}
