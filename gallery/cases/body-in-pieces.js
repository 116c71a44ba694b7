// A body that comes as fast as it is taken, and work with each of its pieces.

const PIECES = 60
const PIECE = Buffer.alloc(64 * 1024, 'x')

exports.app = ({ timed }) => {
  function count(piece) {
    let bytes = 0
    for (const until = Date.now() + 9; Date.now() < until; ) bytes = piece.length
    return bytes
  }
  async function iterate(req) {
    let bytes = 0
    for await (const piece of req) bytes += timed(() => count(piece))
    return bytes
  }
  const listen = req =>
    new Promise((resolve, reject) => {
      let bytes = 0
      req.on('data', piece => {
        bytes += timed(() => count(piece))
      })
      req.on('end', () => resolve(bytes)).on('error', reject)
    })
  async function store(req) {
    let bytes = 0
    for await (const piece of req) bytes += await new Promise(resolve => setTimeout(resolve, 12, piece.length))
    return bytes
  }
  return { routes: { '/listened': listen, '/iterated': iterate, '/stored': store } }
}
exports.load = ({ get }) => get('/listened', { body: Buffer.concat(new Array(PIECES).fill(PIECE)) })
exports.expect = { route: '/listened', cause: 'cpu.own', culprit: /count/, ms: 'planted' }

exports.variants = {
  'listened, express': { framework: 'express' },
  iterated: {
    load: ({ get }) => get('/iterated', { body: Buffer.concat(new Array(PIECES).fill(PIECE)) }),
    expect: { route: '/iterated' }
  },
  'stored, nobody times where': {
    load: ({ get }) => get('/stored', { body: Buffer.concat(new Array(PIECES).fill(PIECE)) }),
    expect: { route: '/stored', cause: 'unknown', culprit: /does not time/, ms: undefined }
  }
}
