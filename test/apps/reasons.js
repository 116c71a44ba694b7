// Slow for reasons inside the process: its own code, somebody else's, the collector, or nothing that anybody times.

const { PerformanceObserver } = require('node:perf_hooks')
const { serve } = require('./lib')
const { burnTheLoop } = require('./burn')

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const big = JSON.stringify(Array.from({ length: 150_000 }, (_, id) => ({ id, name: `item ${id}`, tags: ['a', 'b'] })))
const kept = []

/** What the program itself is told of its collections, in a request that ends with a turn of garbage. */
const collections = new PerformanceObserver(list => told.push(...list.getEntries()))
const told = []
let request

function watchCollections() {
  told.length = 0
  collections.observe({ entryTypes: ['gc'] })
  request = { start: performance.now() }
}

/** For that long, and no less than three million objects: Node 26 collected once while it made 1.4 million. */
function makeGarbage(ms) {
  const until = performance.now() + ms
  for (let made = 0; made < 3_000_000 || performance.now() < until; made += 1000) {
    if (kept.length > 1_000_000) kept.length = 0
    for (let j = 0; j < 1000; j++) kept.push({ j })
  }
  kept.length = 0
  request.end = performance.now()
  return 'garbage'
}

function collectedMs() {
  collections.disconnect()
  const inside = told.filter(({ startTime }) => startTime >= request.start && startTime < request.end)
  return inside.reduce((sum, { duration }) => sum + duration, 0)
}

// A job outside any request.
process.on('message', ms => burnTheLoop(ms))

// A timer of the program that works for those who wait, answers included.
const batch = []
setInterval(() => {
  for (const answer of batch.splice(0)) answer(burnTheLoop(400))
}, 20).unref()

serve({
  '/fast': () => 'fast',
  '/own': () => burnTheLoop(400),
  '/part': () => burnTheLoop(60),
  '/batch': (_request, response) => new Promise(() => batch.push(text => response.end(text))),
  '/calls-itself': async ({ socket }) => {
    const ask = async () => (await fetch(`http://127.0.0.1:${socket.localPort}/part`)).text()
    return String(await Promise.all([ask(), ask(), ask(), ask(), ask(), ask()]))
  },
  '/own-later': async () => {
    await pause(50)
    return burnTheLoop(400)
  },
  '/json': () => {
    let items = 0
    for (let i = 0; i < 6; i++) items += JSON.parse(big).length
    return String(items)
  },
  '/innocent': async () => {
    await pause(60)
    return 'innocent'
  },
  '/garbage': async () => {
    for (let i = 0; i < 150; i++) {
      for (let j = 0; j < 40_000; j++) kept.push({ j })
      await pause(0)
    }
    kept.length = 0
    return 'garbage'
  },
  '/garbage-turn': () => {
    watchCollections()
    return makeGarbage(400)
  },
  '/garbage-turn-later': async () => {
    watchCollections()
    await pause(20)
    return makeGarbage(400)
  },
  '/collected': () => JSON.stringify(collectedMs()),
  '/unknown': async () => {
    await pause(300)
    return 'waited'
  },
  '/long': () => burnTheLoop(1500)
})
