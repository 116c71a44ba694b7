// Spans by hand, with OpenTelemetry's API and no SDK: perfagent is the provider. `npm i perfagent @opentelemetry/api`, then
// `node --require perfagent/register opentelemetry.js` and open http://localhost:3000/

const http = require('node:http')
const { setTimeout: sleep } = require('node:timers/promises')
const { trace } = require('@opentelemetry/api')

const tracer = trace.getTracer('shop')

const server = http.createServer(async (_req, res) => {
  trace.getActiveSpan()?.setAttribute('customer', 'alice')
  await tracer.startActiveSpan('price rules', async span => {
    await sleep(600)
    span.end()
  })
  res.end('slow\n')
})
server.listen(process.env.PORT ?? 3000, () => console.log(`listening on ${server.address().port}`))
process.once('disconnect', () => server.close())
