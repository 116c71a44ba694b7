// Calls wait for the only connection of an undici pool.

exports.app = () => {
  const { Agent, request } = require('undici')
  const dispatcher = new Agent({ connections: 1, pipelining: 1 })
  const peer = require('node:http').createServer((_req, res) => setTimeout(() => res.end('late'), 250))
  peer.listen(0, '127.0.0.1')
  const call = async () => (await request(`http://127.0.0.1:${peer.address().port}/price`, { dispatcher })).body.text()
  return {
    routes: { '/price': call, '/prices': () => Promise.all([call(), call(), call(), call()]) },
    close: () => {
      dispatcher.close()
      peer.close()
    }
  }
}
exports.load = ({ get }) => get('/prices')
exports.expect = { route: '/prices', cause: 'http.socket_wait', culprit: /price/ }

exports.variants = {
  http: {},
  express: { framework: 'express' },
  'ten at once': { load: ({ atOnce }) => atOnce(10, '/price'), expect: { route: '/price' } }
}
