// Its own work, in many short turns with awaits between them.

function step(ms) {
  let sum = 0
  for (const until = performance.now() + ms; performance.now() < until; ) sum += Math.sqrt(sum + 1)
  return sum
}

exports.short = true
exports.app = ({ timed }) => {
  async function reindex() {
    for (let i = 0; i < 150; i++) {
      timed(() => step(5))
      await new Promise(setImmediate)
    }
  }
  return { routes: { '/reindex': reindex } }
}
exports.load = ({ get }) => get('/reindex')
exports.expect = { route: '/reindex', cause: 'cpu.own', culprit: /step|reindex/, ms: 'planted' }

exports.variants = {
  promise: {},
  callback: {
    app: ({ timed }) => ({
      routes: {
        '/reindex': (_req, res) => {
          let left = 150
          const next = () => {
            timed(() => step(5))
            if (--left === 0) res.end('done')
            else setImmediate(next)
          }
          next()
        }
      }
    })
  },
  express: { framework: 'express' },
  'among others': {
    app: ({ timed }) => {
      async function reindex() {
        for (let i = 0; i < 150; i++) {
          timed(() => step(5))
          await new Promise(setImmediate)
        }
      }
      return { routes: { '/reindex': reindex, '/item': () => new Promise(resolve => setTimeout(resolve, 20, 'item')) } }
    },
    load: async ({ get, many }) => {
      await Promise.all([get('/reindex'), many(20, 2, '/item')])
    },
    expect: { measured: true }
  },
  'seen by an innocent one': {
    app: () => {
      async function reindex() {
        for (let i = 0; i < 200; i++) {
          step(5)
          await new Promise(setImmediate)
        }
      }
      async function item() {
        let found = 0
        for (let i = 0; i < 200; i++) {
          found++
          await new Promise(setImmediate)
        }
        return found
      }
      return { routes: { '/reindex': reindex, '/item': item } }
    },
    load: ({ get }) => Promise.all([get('/reindex'), get('/item')]),
    expect: { route: '/item', cause: 'loop.blocked', culprit: /GET \/reindex/, ms: undefined }
  }
}
