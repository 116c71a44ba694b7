// A server that is so busy that it accepts late: TLS set-up takes its time.

const fs = require('node:fs')
const https = require('node:https')
const net = require('node:net')
const path = require('node:path')

const fixture = name => fs.readFileSync(path.join(__dirname, '../../test/fixtures', name))

/** An https server, and in front of it somebody who forwards each first byte late. */
function startPeer() {
  const server = https.createServer({ key: fixture('localhost.key'), cert: fixture('localhost.crt') }, (_req, res) =>
    res.end('ok')
  )
  server.listen(0, '127.0.0.1')
  const front = net.createServer(socket => {
    const back = net.connect(server.address().port, '127.0.0.1')
    socket.once('data', hello =>
      setTimeout(() => {
        back.write(hello)
        socket.pipe(back)
      }, 700)
    )
    back.pipe(socket)
    socket.on('error', () => back.destroy())
    back.on('error', () => socket.destroy())
  })
  front.listen(0, '127.0.0.1')
  return {
    port: () => front.address().port,
    close: () => {
      server.close()
      front.close()
    }
  }
}

exports.app = ({ timed }) => {
  const peer = startPeer()
  const page = () =>
    new Promise((resolve, reject) => {
      const options = { port: peer.port(), path: '/secure', rejectUnauthorized: false, agent: false }
      https.get(options, answer => answer.resume().on('end', resolve)).on('error', reject)
    })
  return { routes: { '/page': () => timed(page) }, close: peer.close }
}
exports.load = ({ get }) => get('/page')
exports.expect = { route: '/page', cause: 'http.connect', culprit: /secure|:\d+/, ms: 'planted', measured: true }

exports.variants = {
  https: {},
  'undici, express': {
    framework: 'express',
    app({ timed }) {
      const { Agent, request } = require('undici')
      const peer = startPeer()
      const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
      const page = async () => (await request(`https://127.0.0.1:${peer.port()}/secure`, { dispatcher })).body.text()
      return {
        routes: { '/page': () => timed(page) },
        close: () => {
          dispatcher.close()
          peer.close()
        }
      }
    }
  }
}
