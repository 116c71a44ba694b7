// Calls one after another that could run side by side.

exports.app = () => {
  const peer = require('node:http').createServer((_req, res) => setTimeout(() => res.end('x'), 40))
  peer.listen(0, '127.0.0.1')
  async function prices() {
    for (let id = 0; id < 16; id++) await (await fetch(`http://127.0.0.1:${peer.address().port}/price/${id}`)).text()
    return 'done'
  }
  return { routes: { '/prices': prices }, close: () => peer.close() }
}
exports.load = ({ get }) => get('/prices')
exports.expect = { route: '/prices', cause: 'http.n_plus_one', culprit: /price/, ms: 680, withinMs: 110 }
