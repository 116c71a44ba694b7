// Another request holds the loop while this one only waits for its query.

exports.needs = 'postgres'
exports.app = () => {
  const { Pool } = require('pg')
  const pool = new Pool()
  function renderCsv(ms) {
    const lines = []
    for (const until = Date.now() + ms; Date.now() < until; ) lines.push(String(lines.length).padStart(9))
    return lines.length
  }
  return {
    routes: { '/export': () => renderCsv(800), '/item': () => pool.query('SELECT pg_sleep(0.05)').then(() => 'item') },
    close: () => pool.end()
  }
}
exports.load = async ({ get, pause }) => {
  await get('/item')
  const innocent = get('/item')
  await pause(15)
  await Promise.all([innocent, get('/export')])
}
exports.expect = {
  route: '/item',
  cause: 'loop.blocked',
  culprit: /GET \/export.*renderCsv|renderCsv.*GET \/export/,
  ms: 780,
  withinMs: 60
}
