// Files read one after another on the main thread.

const { item, seenByAnInnocentOne } = require('../innocent.js')

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
  return {
    routes: { '/files': () => timed(readAll), '/item': item },
    close: () => fs.rmSync(folder, { recursive: true })
  }
}
exports.load = ({ get }) => get('/files')
exports.expect = { route: '/files', cause: 'cpu.own', culprit: /readAll/, ms: 'planted', measured: true }

exports.variants = {
  http: {},
  express: { framework: 'express' },
  'seen by an innocent one': seenByAnInnocentOne('/files', 'readAll'),
  'a drive that does not answer': {
    app({ planted }) {
      const { execFileSync, spawn } = require('node:child_process')
      const fs = require('node:fs')
      const os = require('node:os')
      const path = require('node:path')
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gallery-'))
      const pipe = path.join(folder, 'drive')
      execFileSync('mkfifo', [pipe])
      function readAll() {
        const start = performance.now()
        spawn('sh', ['-c', `sleep 0.8; echo late > ${pipe}`], { stdio: 'ignore' })
        const text = fs.readFileSync(pipe, 'utf8')
        planted(performance.now() - start)
        return text
      }
      return { routes: { '/files': readAll }, close: () => fs.rmSync(folder, { recursive: true }) }
    },
    expect: { culprit: /asleep in a system call.*readAll/, measured: false }
  }
}
