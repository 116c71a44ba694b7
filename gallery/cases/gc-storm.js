// Allocation with a large live set: the collector pauses the program again and again.

const observe = planted => {
  const { PerformanceObserver } = require('node:perf_hooks')
  let sum = 0
  const observer = new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) sum += duration
  })
  observer.observe({ entryTypes: ['gc'] })
  return async work => {
    sum = 0
    const result = await work()
    await new Promise(setImmediate)
    planted(sum)
    return result
  }
}
const part = () => Array.from({ length: 30_000 }, (_, i) => ({ i, key: `k${i}`, next: { i } }))

exports.app = ({ planted }) => {
  const collected = observe(planted)
  const live = []
  async function buildIndex() {
    for (let at = 0; at < 60; at++) {
      live.push(part())
      await new Promise(setImmediate)
    }
    return live.splice(0).length
  }
  return { routes: { '/index': () => collected(buildIndex) } }
}
exports.load = ({ get }) => get('/index')
exports.expect = { route: '/index', causes: ['gc', 'cpu.own'], culprit: /"cause"/, has: 'gc', ms: 'planted' }

exports.variants = {
  http: {},
  express: { framework: 'express' },
  'a heap near its limit': {
    nodeArgs: ['--max-old-space-size=200'],
    app({ planted }) {
      const collected = observe(planted)
      const live = []
      for (let at = 0; at < 38; at++) live.push(part())
      async function buildIndex() {
        let count = 0
        for (const until = Date.now() + 1200; Date.now() < until; ) {
          count += part().length
          live[count % 8] = part()
          await new Promise(setImmediate)
        }
        return count
      }
      return { routes: { '/index': () => collected(buildIndex) } }
    }
  },
  'a huge live set': {
    app({ planted }) {
      const collected = observe(planted)
      const live = []
      for (let at = 0; at < 70; at++) live.push(part())
      async function buildIndex() {
        for (let at = 0; at < 40; at++) {
          live[at] = part()
          await new Promise(setImmediate)
        }
        return live.length
      }
      return { routes: { '/index': () => collected(buildIndex) } }
    }
  }
}
