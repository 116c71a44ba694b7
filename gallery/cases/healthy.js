// Nothing is wrong: requests with queries, ten at a time. No report may appear.

exports.needs = 'postgres'
exports.app = () => {
  const { Pool } = require('pg')
  const pool = new Pool({ max: 10 })
  const warm = () => Promise.all(Array.from({ length: 10 }, () => pool.query('SELECT pg_sleep(0.05)')))
  return {
    routes: {
      '/warm': () => warm().then(() => 'warm'),
      '/item': () => pool.query('SELECT 1 AS one').then(({ rows }) => rows[0].one)
    },
    close: () => pool.end()
  }
}
exports.short = true
exports.load = async ({ get, many }) => {
  await get('/warm')
  await many(2000, 10, '/item')
}
exports.expect = { healthy: true }

exports.variants = {
  queries: {},
  express: { framework: 'express' },
  'calls and a cache in memory': {
    needs: undefined,
    app() {
      const peer = require('node:http').createServer((_req, res) => setTimeout(() => res.end('{"price":7}'), 5))
      peer.listen(0, '127.0.0.1')
      const known = new Map()
      const price = async id => (await fetch(`http://127.0.0.1:${peer.address().port}/price/${id}`)).json()
      return {
        routes: {
          '/warm': () => 'warm',
          '/item': async () => {
            const id = known.size % 500
            if (!known.has(id)) known.set(known.size, await price(id))
            return JSON.stringify([...known.values()].slice(0, 50))
          }
        },
        close: () => peer.close()
      }
    }
  },
  'a stream of 2 MB': {
    needs: undefined,
    app() {
      const { Readable } = require('node:stream')
      const body = () => Readable.from(Array.from({ length: 32 }, () => Buffer.alloc(65_536, 'x')))
      return { routes: { '/warm': () => 'warm', '/item': (_req, res) => body().pipe(res) } }
    },
    load: ({ many }) => many(200, 4, '/item')
  }
}
