// Nothing is wrong: 2,000 requests with queries, at 20 at a time. No report may appear.

exports.needs = 'postgres'
exports.app = () => {
  const { Pool } = require('pg')
  const pool = new Pool({ max: 10 })
  return {
    routes: { '/item': () => pool.query('SELECT 1 AS one').then(({ rows }) => rows[0].one) },
    close: () => pool.end()
  }
}
exports.load = async ({ get }) => {
  let left = 2000
  const worker = async () => {
    while (left-- > 0) await get('/item')
  }
  await Promise.all(Array.from({ length: 20 }, worker))
}
exports.expect = { healthy: true }
