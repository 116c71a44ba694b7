// A service that can fill its heap (--max-old-space-size, --expose-gc) and empty it again.
//   /hold?of=OPERATIONS  does so many operations and answers with the next /release
//   /burst?of=OPERATIONS  begins BURST jobs in one turn, which do so many operations each and end with the next /release
//   /under-way?of=CALLS  begins BURST jobs in one turn, of each of which so many calls are under way at once, and answers when all have ended
//   /fill?mb=MB          keeps as much as fills the old generation so far; /empty lets go of it
//   /heap                bytes of the heap that are in use after a collection

const { getHeapStatistics } = require('node:v8')
const { operation, request } = require('perfagent')
const { serve } = require('./lib')

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const numberIn = req => Number(req.url.split('=')[1])
const BURST = 200
const UNDER_WAY_MS = 1000
const PIECE_BYTES = 2 ** 18
const piece = () => new Array(PIECE_BYTES / 8).fill(0.5)
let ballast = []
let held = []

async function heap() {
  for (let i = 0; i < 3; i++) {
    global.gc()
    await pause(20)
  }
  return getHeapStatistics().used_heap_size
}

async function hold(operations) {
  for (let i = operations; i > 0; i--) operation('step', () => i)
  await new Promise(resolve => held.push(resolve))
}

const waiting = async calls => {
  await Promise.all(Array.from({ length: calls }, () => operation('step', () => pause(UNDER_WAY_MS))))
}

serve({
  '/hold': req => hold(numberIn(req)),
  '/burst': req => {
    for (let i = 0; i < BURST; i++) request('job', () => hold(numberIn(req)))
    return held.length
  },
  '/under-way': async req => {
    await Promise.all(Array.from({ length: BURST }, () => request('job', () => waiting(numberIn(req)))))
    return BURST
  },
  '/held': () => held.length,
  '/release': () => {
    for (const resolve of held) resolve()
    held = []
  },
  '/fill': async req => {
    for (let left = numberIn(req) * 2 ** 20 - (await heap()); left > 0; left -= PIECE_BYTES) ballast.push(piece())
    return heap()
  },
  '/empty': () => {
    ballast = []
    return heap()
  },
  '/heap': heap,
  '/slow': () => pause(60)
})
