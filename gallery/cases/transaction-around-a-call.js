// A transaction keeps its connection while it calls another service; the others wait for it.

exports.needs = 'postgres'
exports.app = ({ timed }) => {
  const { Pool } = require('pg')
  const pool = new Pool({ max: 1 })
  const bank = require('node:http').createServer((_req, res) => setTimeout(() => res.end('paid'), 900))
  bank.listen(0, '127.0.0.1')
  return {
    routes: {
      '/warm': () => pool.query('SELECT 1'),
      '/pay': async () => {
        const client = await pool.connect()
        await client.query('BEGIN')
        await (await fetch(`http://127.0.0.1:${bank.address().port}/charge`)).text()
        await client.query('COMMIT')
        client.release()
        return 'paid'
      },
      '/item': () => timed(() => pool.query('SELECT 1').then(() => 'item'))
    },
    close: () => {
      pool.end()
      bank.close()
    }
  }
}
exports.load = async ({ get, pause }) => {
  await get('/warm')
  const paying = get('/pay')
  await pause(200)
  await Promise.all([paying, get('/item')])
}
exports.expect = { route: '/item', cause: 'db.pool_wait', culprit: /GET \/pay/, ms: 'planted', measured: true }

exports.variants = {
  promise: {},
  express: { framework: 'express' },
  'fifty at once': {
    load: async ({ get, atOnce, pause }) => {
      await get('/warm')
      const paying = get('/pay')
      await pause(200)
      await Promise.all([paying, atOnce(50, '/item')])
    },
    expect: { ms: undefined }
  }
}
