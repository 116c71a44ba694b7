// Beside an OpenTelemetry SDK: its traces stay what they are, and each slow server span gets a child that says why.
// `npm i perfagent @opentelemetry/sdk-node @opentelemetry/instrumentation-http`, then `node otel-sdk.js`, open
// http://localhost:3000/ and see the span `perfagent.slow_request` in the console.

const { PerfagentSpanProcessor } = require('perfagent/otel')
const { NodeSDK } = require('@opentelemetry/sdk-node')
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
const { ConsoleSpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base')

const sdk = new NodeSDK({
  instrumentations: [new HttpInstrumentation()],
  spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter()), new PerfagentSpanProcessor()]
})
sdk.start()
require('perfagent/register')

const http = require('node:http')

const server = http.createServer((_req, res) => {
  const until = Date.now() + 600
  while (Date.now() < until) Math.random()
  res.end('slow\n')
})
server.listen(process.env.PORT ?? 3000, () => console.log(`listening on ${server.address().port}`))
process.once('disconnect', () => server.close())
