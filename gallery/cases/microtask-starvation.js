// Promises that resolve at once: no timer and no socket gets a turn between them.

const { item, seenByAnInnocentOne } = require('../innocent.js')

exports.app = ({ planted, now }) => {
  async function next(i) {
    return i + 1
  }
  async function walk() {
    const start = now()
    let i = 0
    for (const until = Date.now() + 700; Date.now() < until; ) i = await next(i)
    planted(now() - start)
    return i
  }
  return {
    routes: {
      '/walk': walk,
      '/item': item
    }
  }
}
exports.load = ({ get }) => get('/walk')
exports.expect = { route: '/walk', cause: 'cpu.own', culprit: /walk|next/, ms: 'planted', measured: true }

exports.variants = {
  promise: {},
  'nextTick, express': {
    framework: 'express',
    app: ({ planted, now }) => ({
      routes: {
        '/walk': (_req, res) => {
          const start = now()
          const until = performance.now() + 700
          function walk() {
            if (performance.now() < until) return process.nextTick(walk)
            planted(now() - start)
            res.end('walked')
          }
          walk()
        }
      }
    }),
    expect: { culprit: /walk/ }
  },
  'seen by an innocent one': seenByAnInnocentOne('/walk', 'walk|next')
}
