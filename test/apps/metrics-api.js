// A service that counts by OpenTelemetry's metrics API. LIBRARIES: the folder whose copy of the API is meant. It counts once, when
// asked for /count; /many makes more series than an instrument may have.

const { createRequire } = require('node:module')
const path = require('node:path')
const { serve } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const { metrics, ValueType } = from('@opentelemetry/api')

const meter = metrics.getMeter('shop', '1.2.3')
const orders = meter.createCounter('orders', { unit: '{order}', description: 'Orders taken.' })
const open = meter.createUpDownCounter('carts.open')
const sizes = meter.createHistogram('order.size', { unit: 'By', advice: { explicitBucketBoundaries: [10, 100] } })
const waits = meter.createHistogram('order.wait', { unit: 'ms' })
const level = meter.createGauge?.('stock.level')
const many = meter.createCounter('many')
const whole = meter.createCounter('whole', { valueType: ValueType.INT })

const asked = { calls: 0 }
const uptime = meter.createObservableCounter('shop.uptime', { unit: 's' })
const depth = meter.createObservableGauge('shop.depth')
const used = meter.createObservableUpDownCounter('shop.used')
const slow = meter.createObservableGauge('shop.slow')
const broken = meter.createObservableGauge('shop.broken')
uptime.addCallback(result => result.observe(asked.calls++ < 1 ? 100 : 107, { zone: 'a' }))
slow.addCallback(async result => {
  await new Promise(resolve => setTimeout(resolve, 5))
  result.observe(5)
})
broken.addCallback(() => {
  throw new Error('no value today')
})
const removed = result => result.observe(1, { removed: true })
depth.addCallback(removed)
depth.removeCallback(removed)
const batch = result => {
  result.observe(depth, 3, { queue: 'mail' })
  result.observe(depth, 4, { queue: 'print' })
  result.observe(used, -2)
  result.observe(uptime, 1, { never: 'asked for' })
}
meter.addBatchObservableCallback(batch, [depth, used])

serve({
  '/count': () => {
    const before = asked.calls
    orders.add(2, { country: 'se', rush: true })
    orders.add(3, { rush: true, country: 'se' })
    orders.add(1, { country: 'no', tags: ['a', 'b'] })
    orders.add(-5, { country: 'se', rush: true })
    orders.add(Number.NaN)
    open.add(5)
    open.add(-2)
    for (const size of [10, 11, 1000]) sizes.record(size)
    for (const wait of [0, 3, 30]) waits.record(wait)
    level?.record(1)
    level?.record(7)
    whole.add(2.9)
    metrics.getMeter('other').createCounter('orders').add(9)
    metrics
      .getMeter('shop', '1.2.3')
      .createCounter('orders', { unit: '{order}' })
      .add(1, { country: 'no', tags: ['a', 'b'] })
    return { calledNow: asked.calls - before }
  },
  '/many': () => {
    for (let i = 0; i < 2010; i++) many.add(1, { i })
    return ''
  }
})
