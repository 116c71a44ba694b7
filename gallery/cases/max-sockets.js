// Calls wait for the only socket of an http.Agent.

exports.app = ({ timed }) => {
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
  return {
    routes: {
      '/prices': async () => {
        const first = call()
        await timed(() => Promise.all([first, call(), call()]))
        await call()
      }
    },
    close: () => peer.close()
  }
}
exports.load = ({ get }) => get('/prices')
exports.expect = { route: '/prices', causes: ['http.socket_wait'], culprit: /price/ }

exports.variants = {
  http: {},
  'fifty at once': {
    app() {
      const http = require('node:http')
      const agent = new http.Agent({ maxSockets: 2, keepAlive: true })
      const peer = http.createServer((_req, res) => setTimeout(() => res.end('late'), 60))
      peer.listen(0, '127.0.0.1')
      const call = () =>
        new Promise((resolve, reject) => {
          http
            .get({ port: peer.address().port, path: '/price', agent }, answer => answer.resume().on('end', resolve))
            .on('error', reject)
        })
      return {
        routes: { '/prices': call },
        close: () => {
          agent.destroy()
          peer.close()
        }
      }
    },
    load: ({ atOnce }) => atOnce(50, '/prices')
  },
  'keep-alive, express': {
    framework: 'express',
    app() {
      const http = require('node:http')
      const agent = new http.Agent({ maxSockets: 1, keepAlive: true })
      const peer = http.createServer((_req, res) => setTimeout(() => res.end('late'), 250))
      peer.listen(0, '127.0.0.1')
      const call = () =>
        new Promise((resolve, reject) => {
          http
            .get({ port: peer.address().port, path: '/price', agent }, answer => answer.resume().on('end', resolve))
            .on('error', reject)
        })
      return {
        routes: { '/prices': () => Promise.all([call(), call(), call(), call()]) },
        close: () => {
          agent.destroy()
          peer.close()
        }
      }
    }
  }
}
