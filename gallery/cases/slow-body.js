// A called service answers at once, and is slow in its body.

exports.app = () => {
  const http = require('node:http')
  const { text } = require('node:stream/consumers')
  const peer = http.createServer((_req, res) => {
    res.write('begins')
    setTimeout(() => res.end('ends'), 700)
  })
  peer.listen(0, '127.0.0.1')
  const page = () =>
    new Promise((resolve, reject) => {
      http.get(`http://127.0.0.1:${peer.address().port}/feed`, answer => resolve(text(answer))).on('error', reject)
    })
  return { routes: { '/page': page }, close: () => peer.close() }
}
exports.load = ({ get }) => get('/page')
exports.expect = { route: '/page', cause: 'http.slow_peer', culprit: /\/feed/, ms: 700 }
