// Calls all that OpenTelemetry's API has with odd arguments in every place. The answer: what was thrown, and whether good calls do
// what they should afterwards.

const { EventEmitter } = require('node:events')
const { context, metrics, propagation, ROOT_CONTEXT, trace } = require('@opentelemetry/api')
const { serve } = require('./lib')

const fail = () => {
  throw new Error('odd')
}
const thrower = Object.defineProperty({}, 'getter', { get: fail, enumerable: true })
const everyTrap = Object.fromEntries(Reflect.ownKeys(Reflect).map(trap => [trap, fail]))
const ODD = [
  undefined,
  null,
  0,
  Number.NaN,
  -1,
  10n,
  '',
  'text',
  '\ud800',
  Symbol('odd'),
  true,
  {},
  Object.create(null),
  [],
  [null],
  [Symbol('in'), 1n],
  thrower,
  { toString: fail, valueOf: fail },
  { context: {} },
  { context: { traceId: 1, spanId: Symbol('id'), traceFlags: 1n } },
  { code: Symbol('code'), message: {} },
  { kind: {}, attributes: thrower, links: 17, startTime: [Symbol('s')], root: 0 },
  new Date(Number.NaN),
  new Map([[1, 2]]),
  new Proxy({}, everyTrap),
  new Proxy([], everyTrap),
  () => 'called',
  { getValue: fail, setValue: fail, spanContext: fail },
  { getValue: () => ({ spanContext: () => null }), setValue: () => null }
]

serve({
  '/odd': async () => {
    const thrown = []
    let calls = 0
    const attempt = (name, call) => {
      calls++
      try {
        return call()
      } catch (error) {
        thrown.push(`${name}: ${error?.stack}`)
      }
    }
    const tracer = trace.getTracer('odd')
    const meter = metrics.getMeter('odd')
    const counter = meter.createCounter('odd.count')
    const histogram = meter.createHistogram('odd.histogram')
    const gauge = meter.createObservableGauge('odd.gauge')
    // The registry's entries: what the API's own functions do before is the API's.
    const {
      trace: tracers,
      metrics: meters,
      context: contexts,
      propagation: propagator
    } = globalThis[Symbol.for('opentelemetry.js.api.1')]

    for (const [i, odd] of ODD.entries()) {
      for (const [j, other] of [odd, undefined, 'name', {}].entries()) {
        const at = name => `${name} ${i}.${j}`
        const span = tracer.startSpan('odd')
        for (const method of [
          ...['setAttribute', 'setAttributes', 'addEvent', 'addLink', 'addLinks', 'setStatus', 'updateName'],
          ...['recordException', 'end']
        ]) {
          attempt(at(method), () => span[method]?.(odd, other, odd))
          attempt(at(method), () => span[method]?.(other, odd, odd))
        }
        if (span.isRecording()) thrown.push(at('it is still open'))
        attempt(at('startSpan'), () => tracer.startSpan(odd, other, odd).end(odd))
        attempt(at('startSpan'), () => tracer.startSpan(other, odd, other).end())
        attempt(at('startActiveSpan'), () => tracer.startActiveSpan(odd, other, odd, active => active.end()))
        attempt(at('getTracer'), () => tracers.getTracer(odd, other).startSpan('odd').end())
        attempt(at('getMeter'), () => meters.getMeter(odd, other).createCounter('odd.other').add(1))
        attempt(at('createHistogram'), () => meter.createHistogram('odd.made', odd).record(1))
        attempt(at('createHistogram'), () =>
          meter.createHistogram('odd.made', { advice: { explicitBucketBoundaries: odd } }).record(1)
        )
        attempt(at('createGauge'), () => meter.createObservableGauge(odd, other).addCallback(odd))
        attempt(at('add'), () => counter.add(odd, other))
        attempt(at('add'), () => counter.add(1, odd))
        attempt(at('record'), () => histogram.record(odd, other))
        attempt(at('addCallback'), () => gauge.addCallback(odd))
        attempt(at('removeCallback'), () => gauge.removeCallback(odd))
        attempt(at('batch'), () => meter.addBatchObservableCallback(odd, other))
        attempt(at('batch'), () => meter.addBatchObservableCallback(() => {}, odd))
        attempt(at('batch'), () => meter.removeBatchObservableCallback(odd, other))
        attempt(at('with'), () => contexts.with(odd, () => tracer.startSpan('within').end(), other))
        attempt(at('with'), () => contexts.with(ROOT_CONTEXT, odd))
        attempt(at('bind'), () => contexts.bind(odd, odd))
        attempt(at('bind'), () => contexts.bind(odd, () => {})())
        attempt(at('attach'), () => contexts.attach(odd).dispose())
        attempt(at('in a context'), () =>
          contexts.with(trace.setSpan(ROOT_CONTEXT, odd), () => {
            const headers = {}
            propagator.inject(contexts.active(), headers, { set: () => {} })
            tracer.startSpan('within').end()
          })
        )
        attempt(at('inject'), () => propagator.inject(odd, other, odd))
        attempt(at('inject'), () => propagator.inject(contexts.active(), {}, { set: fail }))
        attempt(at('extract'), () => propagator.extract(odd, other, odd))
        attempt(at('baggage'), () =>
          propagator.inject(
            propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ a: odd })),
            {},
            { set: () => {} }
          )
        )
      }
    }
    gauge.addCallback(result => {
      for (const odd of ODD) attempt('observe', () => result.observe(odd, odd))
    })

    // What the application throws itself, it gets.
    const mine = []
    const keep = call => {
      try {
        call()
      } catch (error) {
        mine.push(error)
      }
    }
    const throwMine = () => {
      throw 'mine'
    }
    keep(() => context.with(ROOT_CONTEXT, throwMine))
    keep(() => context.bind(ROOT_CONTEXT, throwMine)())
    keep(() => tracer.startActiveSpan('mine', throwMine))
    const emitter = context.bind(ROOT_CONTEXT, new EventEmitter())
    emitter.on('x', throwMine)
    keep(() => emitter.emit('x'))

    let ran = 0
    contexts.with(null, () => ran++)
    contexts.bind(17, () => ran++)()
    tracer.startActiveSpan('ran', null, null, span => {
      ran++
      span.end()
    })
    const other = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1 }
    const good = tracer.startSpan('good', { attributes: { good: true }, links: [{ context: other }] })
    const headers = {}
    propagation.inject(context.active(), headers)
    good.end()
    meter.createCounter('good.count').add(1, { good: true })
    const active = trace.getActiveSpan()?.isRecording() ?? false
    return { thrown: thrown.slice(0, 20), calls, mine, ran, active, header: 'traceparent' in headers }
  }
})
