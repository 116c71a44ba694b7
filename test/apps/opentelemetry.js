// A service that uses OpenTelemetry's API by hand. LIBRARIES: the folder whose copy of the API is meant. What its own calls to it
// find is the answer, and what they leave must be found in the trace.

const { EventEmitter } = require('node:events')
const { createRequire } = require('node:module')
const path = require('node:path')
const { serve } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const { baggageEntryMetadataFromString, context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } =
  from('@opentelemetry/api')

// As everybody does, before anything else runs.
const tracer = trace.getTracer('shop', '1.2.3')
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const suppressTracing = on => on.setValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true)
const idOf = span => span?.spanContext().spanId
const self = () => `http://127.0.0.1:${server.address().port}`
const peer = async () => (await fetch(`${self()}/peer`, { headers: { connection: 'close' } })).json()

const server = serve({
  '/peer': ({ headers }) => headers,

  '/by-hand': () =>
    tracer.startActiveSpan('outer', async outer => {
      const found = trace.getActiveSpan() === outer
      await sleep(5)
      const inner = await tracer.startActiveSpan('inner', { kind: SpanKind.PRODUCER }, async span => {
        const seen = await peer()
        span.setAttributes({ items: 3, names: ['a', 'b'], ratio: 0.5, ok: true, nothing: undefined, bad: { a: 1 } })
        span.addEvent('packed', { boxes: 2 })
        span.addLink({
          context: { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1 },
          attributes: { why: 'same' }
        })
        span.setStatus({ code: SpanStatusCode.OK })
        span.end()
        span.setAttribute('late', true)
        return { span, seen, recording: span.isRecording() }
      })
      const again = trace.getActiveSpan() === outer
      outer.recordException(new TypeError('it is broken'))
      outer.setStatus({ code: SpanStatusCode.ERROR, message: 'failed by hand' })
      outer.updateName('outer, renamed')
      await sleep(60)
      outer.end()
      return {
        found,
        again,
        outer: idOf(outer),
        inner: idOf(inner.span),
        recording: inner.recording,
        traceparent: inner.seen.traceparent
      }
    }),

  '/named': () =>
    tracer.startActiveSpan('waiting', async span => {
      await sleep(150)
      span.end()
      return ''
    }),

  '/request-span': async () => {
    const span = trace.getActiveSpan()
    await sleep(1)
    const same = trace.getActiveSpan() === span
    span.setAttribute('customer', 17).setAttribute('http.route', 'theirs').addEvent('seen')
    span.recordException(new RangeError('too far'))
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'told' })
    span.end()
    await sleep(60)
    return { same, recording: span.isRecording(), ...span.spanContext() }
  },

  '/contexts': async () => {
    const own = trace.getActiveSpan()
    const span = tracer.startSpan('held')
    const held = trace.setSpan(context.active(), span)
    const seen = { own: own !== undefined, notActive: trace.getActiveSpan() === own }
    seen.with = context.with(held, () => trace.getActiveSpan() === span)
    seen.root = context.with(ROOT_CONTEXT, () => trace.getActiveSpan() === undefined)
    const bound = context.bind(held, (a, b) => [a, b, trace.getActiveSpan() === span])
    seen.bound = [bound.length, ...bound(1, 2)]
    const emitter = context.bind(held, new EventEmitter())
    const heard = []
    const listener = () => heard.push(trace.getActiveSpan() === span)
    emitter.on('x', listener).emit('x')
    emitter.off('x', listener).emit('x')
    seen.emitter = heard
    seen.thrown = await context
      .with(held, async () => {
        throw new Error('mine')
      })
      .catch(error => error.message)
    seen.suppressed = await context.with(suppressTracing(held), async () => {
      const hidden = tracer.startSpan('hidden')
      const { traceparent } = await peer()
      return [hidden.isRecording(), traceparent === undefined]
    })
    seen.after = trace.getActiveSpan() === own
    span.end()
    const bag = propagation.createBaggage({
      tenant: { value: 'a b' },
      split: { value: 'a', metadata: baggageEntryMetadataFromString('b\r\nevil: 1') }
    })
    seen.baggage = await context.with(propagation.setBaggage(context.active(), bag), async () => (await peer()).baggage)
    const carrier = {}
    propagation.inject(held, carrier)
    seen.injected = carrier.traceparent === `00-${span.spanContext().traceId}-${idOf(span)}-03`
    const extracted = propagation.extract(ROOT_CONTEXT, {
      traceparent: `00-${'e'.repeat(32)}-${'f'.repeat(16)}-01`,
      tracestate: 'a=1'
    })
    const remote = trace.getSpanContext(extracted)
    seen.extracted = [remote.traceId, remote.isRemote, remote.traceFlags, remote.traceState.get('a')]
    return seen
  },

  // What a called peer gets of the baggage that came.
  '/baggage': async () => {
    const under = async changed => (await context.with(changed, peer)).baggage
    const own = context.active()
    const came = propagation.getBaggage(own)
    return {
      kept: await under(own),
      more: await under(propagation.setBaggage(own, came.setEntry('more', { value: '1' }))),
      less: await under(propagation.setBaggage(own, came.removeEntry('user'))),
      none: await under(propagation.setBaggage(own, propagation.createBaggage())),
      deleted: await under(propagation.deleteBaggage(own))
    }
  },

  '/limits': async () => {
    const span = trace.getActiveSpan()
    for (let i = 0; i < 6; i++) {
      span.setAttribute(`a${i}`, 'x'.repeat(20))
      span.addEvent(`e${i}`, { a: 1, b: 2, c: 3 })
      span.addLink({ context: { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1 } })
    }
    await sleep(60)
    return ''
  },

  '/secrets': async () => {
    const span = tracer.startSpan('db', {
      kind: SpanKind.CLIENT,
      attributes: {
        'db.system': 'postgresql',
        'db.statement': "SELECT * FROM t WHERE a = 'sesame'",
        'server.address': 'db',
        'server.port': 5432
      }
    })
    trace
      .getActiveSpan()
      .setAttributes({ password: 'sesame', 'http.url': 'http://u:sesame@h/x?a=sesame', note: 'Bearer sesame' })
    await sleep(80)
    span.end()
    return ''
  },

  '/consume': async ({ headers }) => {
    // Outside any request, as a queue's client calls.
    const parent = propagation.extract(ROOT_CONTEXT, headers)
    jobs.push(parent)
    return ''
  }
})

const jobs = []
setInterval(() => {
  const parent = jobs.pop()
  if (!parent) return
  tracer.startActiveSpan(
    'orders process',
    { kind: SpanKind.CONSUMER, attributes: { 'messaging.system': 'x' } },
    parent,
    async span => {
      await peer()
      await sleep(80)
      span.end()
    }
  )
}, 5).unref()
