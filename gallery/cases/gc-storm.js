// Allocation with a large live set: the collector pauses the program again and again.

const { getHeapSpaceStatistics } = require('node:v8')
const { observe } = require('../collected.js')

const part = () => Array.from({ length: 30_000 }, (_, i) => ({ i, key: `k${i}`, next: { i } }))

/** V8's own threads want CPUs too: with two of them the main thread waits for one, and is said to. Here all is the collector's. */
const ALONE = '--single-threaded-gc'
/** V8 collects beside the program too, but on no more threads than there are CPUs for: where in a turn a wait was, nobody knows. */
const BESIDE_ONE = '--v8-pool-size=1'
/** Node tells of pauses alone: without steps between them that is all. */
const IN_PAUSES = '--no-incremental-marking'

/** How full a heap of 200 MB is: V8 gives up at 80 % (160), and perfagent calls it nearly full from 140 on. */
const LIMIT_MB = 200
const LIVE_MB = 146
const oldMb = () => {
  globalThis.gc()
  const old = getHeapSpaceStatistics().filter(({ space_name }) => !space_name.startsWith('new_'))
  return old.reduce((sum, space) => sum + space.space_used_size, 0) / 2 ** 20
}

exports.nodeArgs = [ALONE, IN_PAUSES]
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
    nodeArgs: [ALONE, `--max-old-space-size=${LIMIT_MB}`, '--expose-gc'],
    app(tools) {
      const collected = observe(tools)
      const live = []
      // What a part takes, and what else the process has there, is another on each Node.
      while (oldMb() < LIVE_MB) live.push(part())
      async function buildIndex(turn) {
        let count = 0
        for (const until = Date.now() + 2000; Date.now() < until; ) {
          await turn(() => {
            live[count++ % 8] = part()
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
    nodeArgs: [BESIDE_ONE, IN_PAUSES],
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
