// Metrics by hand, with OpenTelemetry's API and no SDK: they leave with perfagent's own. `npm i perfagent @opentelemetry/api`, then
// `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 node --require perfagent/register metrics.js` and open http://localhost:3000/

const http = require('node:http')
const { metrics } = require('@opentelemetry/api')

const meter = metrics.getMeter('shop')
const orders = meter.createCounter('shop.orders', { unit: '{order}', description: 'Orders taken.' })
const sizes = meter.createHistogram('shop.order.size', {
  unit: '{item}',
  advice: { explicitBucketBoundaries: [1, 2, 5, 10, 50] }
})
const mails = ['welcome']
meter.createObservableGauge('shop.mails.waiting').addCallback(result => result.observe(mails.length))

const server = http.createServer((_req, res) => {
  orders.add(1, { country: 'se' })
  sizes.record(3)
  res.end('ordered\n')
})
server.listen(process.env.PORT ?? 3000, () => console.log(`listening on ${server.address().port}`))
process.once('disconnect', () => server.close())
