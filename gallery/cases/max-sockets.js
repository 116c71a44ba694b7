// Calls wait for the only socket of an http.Agent.

/** Calls of a peer that answers after a while, and the sockets for them. */
function pricesBy(options, answerMs) {
  const http = require('node:http')
  const agent = new http.Agent(options)
  const peer = http.createServer((_req, res) => setTimeout(() => res.end('late'), answerMs))
  peer.listen(0, '127.0.0.1')
  const call = () =>
    new Promise((resolve, reject) => {
      http
        .get({ port: peer.address().port, path: '/price', agent }, answer => answer.resume().on('end', resolve))
        .on('error', reject)
    })
  const close = () => {
    agent.destroy()
    peer.close()
  }
  return { call, close }
}

exports.app = ({ timed }) => {
  const { call, close } = pricesBy({ maxSockets: 1 }, 250)
  return {
    routes: {
      '/prices': async () => {
        const first = call()
        await timed(() => Promise.all([first, call(), call()]))
        await call()
      }
    },
    close
  }
}
exports.load = ({ get }) => get('/prices')
exports.expect = { route: '/prices', causes: ['http.socket_wait'], culprit: /price/ }

exports.variants = {
  http: {},
  'fifty at once': {
    app() {
      const { call, close } = pricesBy({ maxSockets: 2, keepAlive: true }, 60)
      return { routes: { '/prices': call }, close }
    },
    load: ({ atOnce }) => atOnce(50, '/prices')
  },
  'keep-alive, express': {
    framework: 'express',
    app() {
      const { call, close } = pricesBy({ maxSockets: 1, keepAlive: true }, 250)
      return { routes: { '/prices': () => Promise.all([call(), call(), call(), call()]) }, close }
    }
  }
}
