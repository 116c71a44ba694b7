// Files read one after another on the main thread.

exports.app = ({ timed }) => {
  const fs = require('node:fs')
  const os = require('node:os')
  const path = require('node:path')
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gallery-'))
  const file = path.join(folder, 'big')
  fs.writeFileSync(file, Buffer.alloc(4_000_000, 'x'))
  function readAll() {
    let bytes = 0
    for (const until = Date.now() + 700; Date.now() < until; ) bytes += fs.readFileSync(file).length
    return bytes
  }
  return { routes: { '/files': () => timed(readAll) }, close: () => fs.rmSync(folder, { recursive: true }) }
}
exports.load = ({ get }) => get('/files')
exports.expect = { route: '/files', cause: 'cpu.own', culprit: /readAll/, ms: 'planted', measured: true }

exports.variants = { http: {}, express: { framework: 'express' } }
