// A service in TypeScript whose lines are others once its types are gone, as tsx and ts-node run it.

import http from 'node:http'

interface Answer {
  status: number
}

type Burn = (ms: number) => number

const answer: Answer = { status: 200 }
const burn: Burn = ms => {
  let sum = 0
  for (const until = Date.now() + ms; Date.now() < until; ) sum += Math.sqrt(sum + 1)
  return sum
}
const server = http.createServer((_req, res) => {
  burn(300)
  res.statusCode = answer.status
  res.end('burnt')
})
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on ${(server.address() as { port: number }).port}`)
})
process.once('disconnect', () => server.close())
