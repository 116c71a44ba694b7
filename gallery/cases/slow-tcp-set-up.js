// A server that is so busy that it accepts late: TLS set-up takes its time.

exports.app = () => {
  const fs = require('node:fs')
  const https = require('node:https')
  const net = require('node:net')
  const path = require('node:path')
  const fixture = name => fs.readFileSync(path.join(__dirname, '../../test/fixtures', name))
  const server = https.createServer({ key: fixture('localhost.key'), cert: fixture('localhost.crt') }, (_req, res) =>
    res.end('ok')
  )
  server.listen(0, '127.0.0.1')
  // In between somebody who forwards each first byte late.
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
  const page = () =>
    new Promise((resolve, reject) => {
      const options = { port: front.address().port, path: '/secure', rejectUnauthorized: false, agent: false }
      https.get(options, answer => answer.resume().on('end', resolve)).on('error', reject)
    })
  return {
    routes: { '/page': page },
    close: () => {
      server.close()
      front.close()
    }
  }
}
exports.load = ({ get }) => get('/page')
exports.expect = { route: '/page', cause: 'http.connect', culprit: /secure|:\d+/, ms: 700 }
