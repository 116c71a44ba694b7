// A caller that takes a large answer late: written at once, or piped through.

const fs = require('node:fs')

/** Twice what sockets keep on their way, and no more: writing 40 MB at once took up to 0.6 s. */
const SIZE = 20e6

/** Stands still while the main thread runs. */
const asleepMs = () => {
  const [ranNs] = fs.readFileSync('/proc/self/schedstat', 'latin1').split(' ')
  return performance.now() - Number(ranNs) / 1e6
}

exports.app = ({ planted }) => {
  const { Readable } = require('node:stream')
  const whole = 'x'.repeat(SIZE)
  const pieces = () => Readable.from(Array.from({ length: SIZE / 1e5 }, () => Buffer.alloc(1e5)))
  /** The caller is waited for when all is written, which is work. */
  function report(_req, res) {
    res.end(whole)
    const start = performance.now()
    res.on('finish', () => planted(performance.now() - start))
  }
  /** And whenever the stream waits for room, but for what it writes meanwhile. */
  function stream(_req, res) {
    const source = pieces()
    let start
    source.on('pause', () => {
      start = asleepMs()
    })
    source.on('resume', () => {
      if (start !== undefined) planted(asleepMs() - start)
      start = undefined
    })
    source.pipe(res)
  }
  return { routes: { '/report': report, '/stream': stream } }
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
exports.expect = { route: '/report', cause: 'client.slow_download', culprit: /caller to take/, ms: 'planted' }
exports.variants = {
  whole: {},
  'piped, express': { framework: 'express', load: download('/stream'), expect: { route: '/stream' } }
}
