// A request that never ends: it is told while it runs.

exports.needs = 'postgres'
exports.app = () => {
  const { Pool } = require('pg')
  const pool = new Pool()
  async function forget() {
    await pool.query('SELECT 1 AS before')
    await new Promise(() => {})
  }
  return { routes: { '/warm': () => pool.query('SELECT 1'), '/forget': forget }, close: () => pool.end() }
}
exports.load = async ({ get, abort }) => {
  await get('/warm')
  await abort('/forget', 2500)
}
exports.expect = {
  route: '/forget',
  status: 'running',
  cause: 'unknown',
  culprit: /Still running.*does not time.*after SELECT/,
  measured: true
}

exports.variants = {
  'a promise that nobody resolves': {},
  'a callback that nobody calls, express': {
    framework: 'express',
    app() {
      const { Pool } = require('pg')
      const pool = new Pool()
      const forget = (_req, _res) => void pool.query('SELECT 1 AS before', () => {})
      return { routes: { '/warm': () => pool.query('SELECT 1'), '/forget': forget }, close: () => pool.end() }
    }
  },
  'a statement that goes on': {
    app() {
      const { Pool } = require('pg')
      const pool = new Pool()
      const forget = () => pool.query('SELECT pg_sleep(4)')
      return { routes: { '/warm': () => pool.query('SELECT 1'), '/forget': forget }, close: () => pool.end() }
    },
    expect: { cause: 'db.slow_query', culprit: /Still running.*pg_sleep/ }
  }
}
