// A trivial handler with two awaits in a store of its own, in which turns can be watched (lib/record/turns.ts). Answers what CPU
// time the process has taken so far, and switches the watching on or off first: by beats of a loop that is always busy, or never.
const { AsyncLocalStorage } = require('node:async_hooks')
const http = require('node:http')
const { now } = require('../../dist/lib/process/clock.js')
const { watchTurns } = require('../../dist/lib/record/turns.js')

const context = new AsyncLocalStorage()
let turns
let nextId = 1

async function handle(res) {
  await Promise.resolve()
  await new Promise(setImmediate)
  res.end('answer')
}

const server = http.createServer((_req, res) => {
  const id = nextId++
  context.run({ id, ref: { id } }, handle, res)
})

process.on('message', ({ watched }) => {
  turns?.stop()
  turns = watchTurns(context)
  turns.beat(now(), watched ? 1 : 0, { hasAged: () => watched, beganBefore: () => watched })
  const { user, system } = process.cpuUsage()
  process.send({ cpuUs: user + system })
})
process.once('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
