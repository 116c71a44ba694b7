// Another request holds the loop while this one only waits for its query.

function renderCsv(ms) {
  const lines = []
  for (const until = Date.now() + ms; Date.now() < until; ) lines.push(String(lines.length).padStart(9))
  return lines.length
}

exports.needs = 'postgres'
exports.short = true
exports.app = ({ timed }) => {
  const { Pool } = require('pg')
  const pool = new Pool()
  return {
    routes: {
      '/warm': () => pool.query('SELECT 1'),
      '/export': () => timed(() => renderCsv(800)),
      '/item': () => pool.query('SELECT pg_sleep(0.1)').then(() => 'item')
    },
    close: () => pool.end()
  }
}
exports.load = async ({ get, pause }) => {
  await get('/warm')
  const innocent = get('/item')
  await pause(30)
  await Promise.all([innocent, get('/export')])
}
exports.expect = {
  route: '/item',
  cause: 'loop.blocked',
  culprit: /GET \/export.*renderCsv|renderCsv.*GET \/export/,
  ms: 'planted'
}

exports.variants = { promise: {}, express: { framework: 'express' } }
