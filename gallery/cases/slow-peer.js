// A called service answers late.

exports.app = () => {
  const peer = require('node:http').createServer((_req, res) => setTimeout(() => res.end('late'), 700))
  peer.listen(0, '127.0.0.1')
  return {
    routes: { '/page': async () => (await fetch(`http://127.0.0.1:${peer.address().port}/stock/17`)).text() },
    close: () => peer.close()
  }
}
exports.load = ({ get }) => get('/page')
exports.expect = { route: '/page', cause: 'http.slow_peer', culprit: /\/stock\/17/, ms: 700 }
