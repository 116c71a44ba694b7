// Calls wait for the only socket of an http.Agent.

exports.app = () => {
  const http = require('node:http')
  const agent = new http.Agent({ maxSockets: 1 })
  const peer = http.createServer((_req, res) => setTimeout(() => res.end('late'), 250))
  peer.listen(0, '127.0.0.1')
  const call = () =>
    new Promise((resolve, reject) => {
      http
        .get({ port: peer.address().port, path: '/price', agent }, answer => answer.resume().on('end', resolve))
        .on('error', reject)
    })
  return { routes: { '/prices': () => Promise.all([call(), call(), call(), call()]) }, close: () => peer.close() }
}
exports.load = ({ get }) => get('/prices')
exports.expect = { route: '/prices', cause: 'http.socket_wait', culprit: /price/, ms: 750, withinMs: 60 }
