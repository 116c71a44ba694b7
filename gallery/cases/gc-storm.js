// Allocation with a large live set: the collector pauses the program again and again.

/** Runs work turn by turn, and tells how long it was collected: of each pause the part in which the thread was on a CPU. */
const observe = ({ planted, now }) => {
  const { PerformanceObserver } = require('node:perf_hooks')
  const pauses = []
  const turns = []
  const observer = new PerformanceObserver(list => pauses.push(...list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  async function turn(work) {
    const [start, ranBefore] = [performance.now(), now()]
    const result = work()
    const end = performance.now()
    turns.push({ start, end, ranShare: (now() - ranBefore) / (end - start) })
    await new Promise(setImmediate)
    return result
  }
  const ranMs = ({ startTime, duration }) =>
    duration * (turns.find(({ start, end }) => startTime >= start && startTime < end)?.ranShare ?? 1)
  return async work => {
    pauses.length = 0
    turns.length = 0
    const result = await work(turn)
    await new Promise(setImmediate)
    for (const pause of pauses) planted(ranMs(pause))
    return result
  }
}
const part = () => Array.from({ length: 30_000 }, (_, i) => ({ i, key: `k${i}`, next: { i } }))

/** V8's own threads want CPUs too: with two of them the main thread waits for one, and is said to. Here all is the collector's. */
const ALONE = '--single-threaded-gc'
/** V8 collects beside the program too, but on no more threads than there are CPUs for: where in a turn a wait was, nobody knows. */
const BESIDE_ONE = '--v8-pool-size=1'

exports.nodeArgs = [ALONE]
exports.app = tools => {
  const collected = observe(tools)
  const live = []
  async function buildIndex(turn) {
    for (const until = Date.now() + 800; Date.now() < until; ) await turn(() => live.push(part()))
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
    nodeArgs: [ALONE, '--max-old-space-size=200'],
    app(tools) {
      const collected = observe(tools)
      const live = []
      for (let at = 0; at < 38; at++) live.push(part())
      async function buildIndex(turn) {
        let count = 0
        for (const until = Date.now() + 1200; Date.now() < until; ) {
          await turn(() => {
            count += part().length
            live[count % 8] = part()
          })
        }
        return count
      }
      return { routes: { '/index': () => collected(buildIndex) } }
    },
    // Most of it V8 collects in steps, of which Node tells none: half as much is built in that time as with little in use.
    expect: { cause: 'gc', causes: undefined, culprit: /heap was nearly full \(\d+ of 200 MB\)/, ms: undefined }
  },
  'a huge live set': {
    nodeArgs: [BESIDE_ONE],
    app(tools) {
      const collected = observe(tools)
      const live = []
      for (let at = 0; at < 70; at++) live.push(part())
      async function buildIndex(turn) {
        let at = 0
        for (const until = Date.now() + 800; Date.now() < until; ) {
          await turn(() => {
            live[at++ % 70] = part()
          })
        }
        return live.length
      }
      return { routes: { '/index': () => collected(buildIndex) } }
    }
  }
}
