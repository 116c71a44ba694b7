// A wait that nobody times: a timer, between two queries.

exports.needs = 'postgres'
exports.short = true
exports.app = ({ timed }) => {
  const { Pool } = require('pg')
  const pool = new Pool()
  async function convert() {
    await pool.query('SELECT 1 AS before')
    await timed(() => new Promise(resolve => setTimeout(resolve, 700)))
    await pool.query('SELECT 2 AS afterwards')
  }
  return { routes: { '/warm': () => pool.query('SELECT 1'), '/convert': convert }, close: () => pool.end() }
}
exports.load = async ({ get }) => {
  await get('/warm')
  await get('/convert')
}
exports.expect = {
  route: '/convert',
  cause: 'unknown',
  // A starved process may wait for a connection that is free: that is what comes next then.
  culprit: /does not time.*after SELECT.*before (?:connection wait|SELECT)/,
  ms: 'planted',
  measured: true
}

exports.variants = {
  promise: {},
  express: { framework: 'express' },
  'fifty at once': {
    app() {
      const wait = () => new Promise(resolve => setTimeout(resolve, 700, 'converted'))
      return { routes: { '/warm': () => 'warm', '/convert': wait } }
    },
    needs: undefined,
    load: ({ atOnce }) => atOnce(50, '/convert'),
    expect: { culprit: /does not time/, ms: undefined, measured: undefined }
  }
}
