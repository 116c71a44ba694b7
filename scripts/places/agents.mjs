// Other agents in the same process, before perfagent and after it. They are sent nowhere: each is told of a backend on a port of
// this machine where nobody listens. What has to hold: answers are right, and each request and each call is told once.

import { AGENTS } from '../../benchmarks/harness/peers.mjs'

const SERVER = `const express = require('express')
const http = require('node:http')
const app = express()
app.get('/peer/:id', (req, res) => setTimeout(() => res.json(req.headers), 80))
app.get('/orders/:id', async (req, res) => {
  const peer = await fetch('http://127.0.0.1:' + server.address().port + '/peer/17')
  res.json(await peer.json())
})
const server = http.createServer(app)
server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port))
process.once('SIGINT', () => process.exit(0))
`
const NOWHERE = 'http://127.0.0.1:9'
const TRIED = AGENTS.filter(({ name }) => ['dd-trace', 'newrelic', 'elastic-apm-node', '@sentry/node'].includes(name))
const OURS = 'perfagent/register'

export const agents = {
  packages: [...TRIED.flatMap(({ packages }) => packages), 'express'],
  async tried(here, say) {
    here.write('server.js', SERVER)
    for (const { name, preload, env, files = {} } of TRIED) {
      for (const [file, text] of Object.entries(files)) here.write(file, text)
      for (const order of [
        [preload, OURS],
        [OURS, preload]
      ]) {
        const program = await here.start(
          [...order.flatMap(each => ['--require', each]), 'server.js'],
          env({ url: NOWHERE })
        )
        const headers = JSON.parse(await program.get('/orders/some-order'))
        const { request, operations, traceId } = await program.report('/orders/some-order')
        const inner = await program.report('/peer/17')
        await program.end()
        const when = `${name} ${order[0] === OURS ? 'after' : 'before'} perfagent`
        const calls = operations.filter(({ kind }) => kind === 'http').map(({ name: call }) => call.split(' ')[0])
        const told = program.all().length
        if (request.route !== '/orders/:id' || inner.request.route !== '/peer/:id')
          throw new Error(`${when}: routes ${request.route}`)
        if (calls.join() !== 'GET' || told !== 2) throw new Error(`${when}: calls ${calls.join()}, ${told} reports`)
        const whose = headers.traceparent?.includes(traceId) ? 'ours' : headers.traceparent ? `${name}'s` : 'nobody’s'
        say(
          `${when}: routes and the call told once; the trace sent on is ${whose}, joined: ${inner.traceId === traceId}`
        )
      }
    }
  }
}
