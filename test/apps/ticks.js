// How long a tick takes, at first and after collections that found none waiting, in nanoseconds: the best of many batches. Before
// that it begins to listen, or with `connect` a socket is made.

const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')

const BATCHES = 300
const TICKS = 200
const nothing = () => {}
const next = () => new Promise(setImmediate)

async function best() {
  let least = Infinity
  for (let batch = 0; batch < BATCHES; batch++) {
    const began = process.hrtime.bigint()
    for (let i = 0; i < TICKS; i++) process.nextTick(nothing)
    least = Math.min(least, Number(process.hrtime.bigint() - began) / TICKS)
    await next()
  }
  return least
}

async function main() {
  if (process.argv[2] === 'connect') net.connect(9, '127.0.0.1').on('error', nothing)
  else await once(http.createServer().listen(0, '127.0.0.1').unref(), 'listening')
  await best()
  const atFirst = await best()
  for (let i = 0; i < 8; i++) {
    gc()
    await next()
  }
  await best()
  console.log(JSON.stringify({ atFirst, later: await best() }))
}

main()
