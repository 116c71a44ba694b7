// Other agents in the same process, before perfagent and after it. They are sent nowhere: each is told of a backend on a port of
// this machine where nobody listens. What has to hold: answers are right, and each request and each call is told once.

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
const AGENTS = {
  'dd-trace': {
    preload: 'dd-trace/init',
    env: {
      DD_TRACE_AGENT_URL: NOWHERE,
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
      DD_REMOTE_CONFIGURATION_ENABLED: 'false',
      DD_TRACE_STARTUP_LOGS: 'false'
    }
  },
  newrelic: {
    preload: 'newrelic',
    env: {
      NEW_RELIC_APP_NAME: 'x',
      NEW_RELIC_LICENSE_KEY: '0'.repeat(40),
      NEW_RELIC_HOST: '127.0.0.1',
      NEW_RELIC_PORT: '9',
      NEW_RELIC_LOG_ENABLED: 'false',
      NEW_RELIC_NO_CONFIG_FILE: 'true'
    }
  },
  'elastic-apm-node': {
    preload: 'elastic-apm-node/start',
    env: { ELASTIC_APM_SERVER_URL: NOWHERE, ELASTIC_APM_LOG_LEVEL: 'off', ELASTIC_APM_CLOUD_PROVIDER: 'none' }
  },
  '@sentry/node': { preload: './sentry.js', env: {} }
}
const SENTRY = `require('@sentry/node').init({ dsn: 'http://key@127.0.0.1:9/1', tracesSampleRate: 1 })`
const OURS = 'perfagent/register'

export const agents = {
  packages: [...Object.keys(AGENTS), 'express'],
  async tried(here, say) {
    here.write('server.js', SERVER)
    here.write('sentry.js', SENTRY)
    for (const [name, { preload, env }] of Object.entries(AGENTS)) {
      for (const order of [
        [preload, OURS],
        [OURS, preload]
      ]) {
        const program = await here.start([...order.flatMap(each => ['--require', each]), 'server.js'], env)
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
