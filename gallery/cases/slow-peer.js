// A called service answers late.

const startPeer = () =>
  require('node:http')
    .createServer((_req, res) => setTimeout(() => res.end('late'), 700))
    .listen(0, '127.0.0.1')

exports.short = true
exports.app = ({ timed }) => {
  const peer = startPeer()
  const stock = async () => (await fetch(`http://127.0.0.1:${peer.address().port}/stock/17`)).text()
  return { routes: { '/page': () => timed(stock) }, close: () => peer.close() }
}
exports.load = ({ get }) => get('/page')
exports.expect = { route: '/page', cause: 'http.slow_peer', culprit: /\/stock\/17/, ms: 'planted', measured: true }

exports.variants = {
  fetch: {},
  'http.get with a callback': {
    app({ planted }) {
      const peer = startPeer()
      return {
        routes: {
          '/page': (_req, res) => {
            const start = performance.now()
            require('node:http').get(`http://127.0.0.1:${peer.address().port}/stock/17`, answer => {
              planted(performance.now() - start)
              answer.pipe(res)
            })
          }
        },
        close: () => peer.close()
      }
    }
  },
  express: { framework: 'express' },
  'fifty at once': { load: ({ atOnce }) => atOnce(50, '/page'), expect: { ms: undefined, measured: undefined } }
}
