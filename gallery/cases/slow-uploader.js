// A caller that sends the body of its request slowly, in pieces.

exports.app = () => {
  const { text } = require('node:stream/consumers')
  const listen = req =>
    new Promise((resolve, reject) => {
      let size = 0
      req.on('data', piece => {
        size += piece.length
      })
      req.on('end', () => resolve(size)).on('error', reject)
    })
  return { routes: { '/upload': async req => (await text(req)).length, '/listened': listen } }
}
const upload = path =>
  async function load({ port, pause }) {
    const { request } = require('node:http')
    const asked = request({ port, host: '127.0.0.1', path, method: 'POST', agent: false })
    const answered = new Promise((resolve, reject) => {
      asked.on('response', answer => answer.resume().on('end', resolve)).on('error', reject)
    })
    for (let piece = 0; piece < 6; piece++) {
      asked.write('x'.repeat(2000))
      await pause(200)
    }
    asked.end()
    await answered
  }
exports.load = upload('/upload')
exports.expect = { route: '/upload', cause: 'client.slow_upload', culprit: /caller to send/, ms: 1200 }
exports.variants = {
  iterated: {},
  'listened, express': { framework: 'express', load: upload('/listened'), expect: { route: '/listened' } }
}
