// A child process at work between two queries.

const CONVERT = ['-e', 'setTimeout(() => console.log("converted"), 700)']

exports.needs = 'postgres'
exports.app = ({ timed }) => {
  const { execFile } = require('node:child_process')
  const { promisify } = require('node:util')
  const { Pool } = require('pg')
  const pool = new Pool()
  const env = { PATH: process.env.PATH }
  async function convert() {
    await pool.query('SELECT 1 AS before')
    const { stdout } = await timed(() => promisify(execFile)(process.execPath, CONVERT, { env }))
    await pool.query('SELECT 2 AS afterwards')
    return stdout
  }
  return { routes: { '/warm': () => pool.query('SELECT 1'), '/convert': convert }, close: () => pool.end() }
}
exports.load = async ({ get }) => {
  await get('/warm')
  await get('/convert')
}
exports.expect = {
  route: '/convert',
  cause: 'process.slow',
  culprit: /child process node/,
  ms: 'planted',
  measured: true
}

exports.variants = {
  promise: {},
  'spawn with callbacks, express': {
    framework: 'express',
    app({ planted }) {
      const { spawn } = require('node:child_process')
      const { Pool } = require('pg')
      const pool = new Pool()
      const env = { PATH: process.env.PATH }
      const convert = (_req, res) =>
        pool.query('SELECT 1 AS before', () => {
          const start = performance.now()
          spawn(process.execPath, CONVERT, { env, stdio: ['ignore', 'ignore', 'inherit'] }).on('close', () => {
            planted(performance.now() - start)
            pool.query('SELECT 2 AS afterwards', () => res.end('converted'))
          })
        })
      return { routes: { '/warm': () => pool.query('SELECT 1'), '/convert': convert }, close: () => pool.end() }
    }
  }
}
