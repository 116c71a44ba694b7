// Slow for reasons inside the process: its own code, somebody else's, the collector, or nothing that anybody times.

const { serve } = require('./lib')
const { burnTheLoop } = require('./burn')

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const big = JSON.stringify(Array.from({ length: 150_000 }, (_, id) => ({ id, name: `item ${id}`, tags: ['a', 'b'] })))
const kept = []

// A job outside any request.
process.on('message', ms => burnTheLoop(ms))

serve({
  '/fast': () => 'fast',
  '/own': () => burnTheLoop(400),
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
  '/unknown': async () => {
    await pause(300)
    return 'waited'
  },
  '/long': () => burnTheLoop(1500)
})
