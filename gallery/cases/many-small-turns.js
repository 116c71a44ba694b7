// Fifty at once, each computing a little between awaits: nobody blocks the loop, all together fill it.

function step(ms) {
  let sum = 0
  for (const until = performance.now() + ms; performance.now() < until; ) sum += Math.sqrt(sum + 1)
  return sum
}

exports.short = true
exports.app = () => {
  async function work() {
    for (let i = 0; i < 20; i++) {
      step(2)
      await new Promise(setImmediate)
    }
    return 'worked'
  }
  return { routes: { '/work': work } }
}
exports.load = ({ atOnce }) => atOnce(50, '/work')
exports.expect = {
  route: '/work',
  cause: 'loop.saturated',
  culprit: /GET \/work.*step|step.*GET \/work/,
  measured: true
}

exports.variants = {
  promise: {},
  callback: {
    app: () => ({
      routes: {
        '/work': (_req, res) => {
          let left = 20
          const next = () => {
            step(2)
            if (--left === 0) res.end('worked')
            else setTimeout(next, 1)
          }
          next()
        }
      }
    })
  },
  express: { framework: 'express' },
  'two routes': {
    app() {
      async function work(ms) {
        for (let i = 0; i < 20; i++) {
          step(ms)
          await new Promise(setImmediate)
        }
      }
      return { routes: { '/quote': () => work(3), '/search': () => work(1) } }
    },
    load: ({ atOnce }) => Promise.all([atOnce(25, '/quote'), atOnce(25, '/search')]),
    expect: { route: '/search', culprit: /GET \/quote/ }
  }
}
