// A caller that takes a large answer late: written at once, or piped through.

const SIZE = 40e6
exports.app = () => {
  const { Readable } = require('node:stream')
  const whole = 'x'.repeat(SIZE)
  const pieces = () => Readable.from(Array.from({ length: SIZE / 1e5 }, () => Buffer.alloc(1e5)))
  return { routes: { '/report': () => whole, '/stream': (_req, res) => void pieces().pipe(res) } }
}
const download = path =>
  function load({ port }) {
    const net = require('node:net')
    return new Promise((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1', () => {
        socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
        socket.pause()
        setTimeout(() => socket.resume(), 1200)
      })
      socket.on('data', () => {})
      socket.on('close', resolve).on('error', reject)
    })
  }
exports.load = download('/report')
exports.expect = { route: '/report', cause: 'client.slow_download', culprit: /caller to take/, ms: 1200 }
exports.variants = {
  whole: {},
  'piped, express': { framework: 'express', load: download('/stream'), expect: { route: '/stream' } }
}
