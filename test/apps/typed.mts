// A service in TypeScript, as `node typed.mts` and `tsx typed.mts` run it.

import http from 'node:http'

interface Answer {
  status: number
}

const answer: Answer = { status: 200 }
const server = http.createServer((_req, res) => {
  setTimeout(() => {
    res.statusCode = answer.status
    res.end('late')
  }, 100)
})
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on ${(server.address() as { port: number }).port}`)
})
process.once('disconnect', () => server.close())
