// A service with an OpenTelemetry SDK and its instrumentations, set up before perfagent or after it (ORDER), that calls itself,
// and delivers while a request runs.
// AGENT and PROCESSOR are the built files of `perfagent/register` and `perfagent/otel`.

const { context, trace } = require('@opentelemetry/api')
const early = trace.getTracer('early')

if (process.env.ORDER === 'agent first') {
  // What a module does that is loaded before the SDK.
  early.startSpan('before the SDK').end()
  context.with(context.active(), () => {})
}

const { NodeSDK } = require('@opentelemetry/sdk-node')
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici')
const { PerfagentSpanProcessor } = require(process.env.PROCESSOR)
const { BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base')
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto')

const batches = new BatchSpanProcessor(new OTLPTraceExporter(), { scheduledDelayMillis: 100 })

if (process.env.ORDER === 'SDK first') startSdk()
if (process.env.ORDER === 'SDK first') require(process.env.AGENT)
if (process.env.ORDER === 'agent first') startSdk()

function startSdk() {
  const sdk = new NodeSDK({
    serviceName: 'shop',
    instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
    spanProcessors: [batches, new PerfagentSpanProcessor()]
  })
  sdk.start()
  process.once('disconnect', () => sdk.shutdown())
}

const http = require('node:http')
const { serve } = require('./lib')

const self = () => `http://127.0.0.1:${server.address().port}/peer`
const viaHttp = () =>
  new Promise(resolve =>
    http.get(self(), { agent: false }, response => {
      let body = ''
      response.on('data', chunk => (body += chunk)).on('end', () => resolve(JSON.parse(body)))
    })
  )

const server = serve({
  '/peer': ({ rawHeaders }) => rawHeaders.filter((_, i) => /^traceparent$/i.test(rawHeaders[i - 1])),
  '/slow': () =>
    early.startActiveSpan('early', async span => {
      const fetched = await (await fetch(self(), { headers: { connection: 'close' } })).json()
      const got = await viaHttp()
      await batches.forceFlush()
      await new Promise(resolve => setTimeout(resolve, 100))
      span.end()
      return [fetched, got]
    })
})
