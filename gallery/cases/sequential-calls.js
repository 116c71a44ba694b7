// Calls one after another that could run side by side.

exports.app = ({ timed }) => {
  const peer = require('node:http').createServer((_req, res) => setTimeout(() => res.end('x'), 40))
  peer.listen(0, '127.0.0.1')
  async function prices() {
    for (let id = 0; id < 16; id++) await (await fetch(`http://127.0.0.1:${peer.address().port}/price/${id}`)).text()
    return 'done'
  }
  return { routes: { '/prices': () => timed(prices) }, close: () => peer.close() }
}
exports.load = ({ get }) => get('/prices')
exports.expect = { route: '/prices', cause: 'http.n_plus_one', culprit: /price/, ms: 'planted' }

exports.variants = {
  fetch: {},
  'http.get with callbacks, express': {
    framework: 'express',
    app({ planted }) {
      const http = require('node:http')
      const peer = http.createServer((_req, res) => setTimeout(() => res.end('x'), 40))
      peer.listen(0, '127.0.0.1')
      const agent = new http.Agent({ keepAlive: true })
      function price(id, done) {
        if (id === 16) return done()
        const options = { port: peer.address().port, host: '127.0.0.1', path: `/price/${id}`, agent }
        http.get(options, answer => answer.resume().on('end', () => price(id + 1, done)))
      }
      return {
        routes: {
          '/prices': (_req, res) => {
            const start = performance.now()
            price(0, () => {
              planted(performance.now() - start)
              res.end('done')
            })
          }
        },
        close: () => {
          agent.destroy()
          peer.close()
        }
      }
    }
  }
}
