// What a framework with spans of its own tells of a request that node:http brings, as Next.js 16, SvelteKit and @hono/otel do.

const { context, propagation, SpanKind, trace } = require('@opentelemetry/api')
const { serve } = require('./lib')

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const next = trace.getTracer('next.js', '16.4.6')
const kit = trace.getTracer('sveltekit')
const inSpan = (tracer, name, options, work) =>
  tracer.startActiveSpan(name, options, async span => work(span).finally(() => span.end()))

const serverSpan = { kind: SpanKind.SERVER, attributes: { 'http.method': 'GET' } }
const kitSpan = (route, sub) => ({ attributes: { 'http.route': route, 'sveltekit.is_sub_request': sub } })
const handlers = {
  /** The answer is gone before the span of the server ends. */
  '/orders/some-order': () =>
    inSpan(next, 'GET', serverSpan, () =>
      inSpan(next, 'resolve page components', { attributes: { 'next.route': '/orders/[id]' } }, () => sleep(80))
    ),
  /** Told to the span that was there first, when all is done. */
  '/api/some-thing': async () => {
    const outer = trace.getActiveSpan()
    await inSpan(next, 'GET', serverSpan, () => sleep(80))
    outer.setAttribute('http.route', '/api/[id]')
  },
  /** Its parent is what the headers say. */
  '/reads-headers': ({ headers }) => {
    const caller = propagation.extract(context.active(), headers)
    return context.with(caller, () =>
      inSpan(trace.getTracer('@hono/otel'), 'GET /reads-headers', serverSpan, async span => {
        span.setAttribute('http.route', '/:told')
        await sleep(80)
      })
    )
  },
  /** No span of a server's; the page asks for another meanwhile. */
  '/docs/some/page': () =>
    inSpan(kit, 'sveltekit.handle.root', kitSpan('/docs/[...rest]', false), () =>
      inSpan(kit, 'sveltekit.handle.root', kitSpan('/api/items/[id]', true), () => sleep(80))
    ),
  '/no-page': () => inSpan(kit, 'sveltekit.handle.root', kitSpan('unknown', false), () => sleep(80)),
  '/untold': () => inSpan(trace.getTracer('x'), 'GET', serverSpan, () => sleep(80))
}

serve(
  Object.fromEntries(
    Object.entries(handlers).map(([path, handler]) => [path, async request => (await handler(request)) ?? ''])
  )
)
inSpan(next, 'load route module', {}, () => sleep(80))
