// Compression on the main thread, after an await.

exports.app = () => {
  const { gzipSync } = require('node:zlib')
  const bytes = Buffer.from(Array.from({ length: 30_000_000 }, (_, i) => (i * i * 31) % 251))
  async function pack() {
    await new Promise(setImmediate)
    let packed = 0
    for (let part = 0; part < 12; part++) packed += gzipSync(bytes, { level: 9 }).length
    return packed
  }
  return { routes: { '/backup': pack } }
}
exports.load = ({ get }) => get('/backup')
exports.expect = { route: '/backup', cause: 'cpu.own', culprit: /pack|backup/ }
