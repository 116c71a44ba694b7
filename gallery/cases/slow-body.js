// A called service answers at once, and is slow in its body.

const startPeer = () =>
  require('node:http')
    .createServer((_req, res) => {
      res.write('begins')
      setTimeout(() => res.end('ends'), 700)
    })
    .listen(0, '127.0.0.1')

exports.app = ({ timed }) => {
  const http = require('node:http')
  const { text } = require('node:stream/consumers')
  const peer = startPeer()
  const feed = () =>
    new Promise((resolve, reject) => {
      http.get(`http://127.0.0.1:${peer.address().port}/feed`, answer => resolve(text(answer))).on('error', reject)
    })
  return { routes: { '/page': () => timed(feed) }, close: () => peer.close() }
}
exports.load = ({ get }) => get('/page')
exports.expect = { route: '/page', cause: 'http.slow_peer', culprit: /\/feed.*body/, ms: 'planted', measured: true }

exports.variants = {
  http: {},
  'fifty at once': { load: ({ atOnce }) => atOnce(50, '/page'), expect: { ms: undefined, measured: undefined } },
  'fetch, express': {
    framework: 'express',
    app({ timed }) {
      const peer = startPeer()
      const feed = async () => (await fetch(`http://127.0.0.1:${peer.address().port}/feed`)).text()
      return { routes: { '/page': () => timed(feed) }, close: () => peer.close() }
    }
  }
}
