// The service that the doctor tries the agent on: one request that computes for as long as it was asked to. A process of its own.

import { createServer } from 'node:http'

function compute(ms: number): number {
  let sum = 0
  for (const until = Date.now() + ms; Date.now() < until; ) sum += Math.sqrt(sum + 1)
  return sum
}

const server = createServer((request, response) => {
  response.end(String(compute(Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('ms')))))
})
server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
process.once('disconnect', () => {
  server.close()
  server.closeAllConnections()
})
