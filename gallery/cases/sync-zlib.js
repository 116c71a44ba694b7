// Compression on the main thread, after an await.

const { item, seenByAnInnocentOne } = require('../innocent.js')

exports.app = ({ timed }) => {
  const { gzipSync } = require('node:zlib')
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * i * 31) % 251))
  function pack() {
    let packed = 0
    for (const until = Date.now() + 700; Date.now() < until; ) packed += gzipSync(bytes).length
    return packed
  }
  return {
    routes: {
      '/item': item,
      '/backup': async () => {
        await new Promise(setImmediate)
        return timed(pack)
      }
    }
  }
}
exports.load = ({ get }) => get('/backup')
exports.expect = { route: '/backup', cause: 'cpu.own', culprit: /pack|backup/, ms: 'planted', measured: true }

exports.variants = {
  http: {},
  express: { framework: 'express' },
  'seen by an innocent one': seenByAnInnocentOne('/backup', 'pack')
}
