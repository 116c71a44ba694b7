// Routes of AdonisJS 7, whose server (@adonisjs/http-server 8 and 9) publishes each request with the context that it has made for it.
// The route is put there when middleware of the server has let the request through. That of AdonisJS 6 publishes nothing.

import { createStamp, type Instrumentation } from '../lib/hook/index.js'

/** What is read of its context. */
interface Context {
  request: { request?: unknown }
  route?: { pattern?: unknown }
}

const contexts = createStamp<Context>()

export const adonis: Instrumentation = {
  name: 'adonis',
  supports: 'routes of AdonisJS 7 (`@adonisjs/http-server` 8 and 9)',
  notes: [{ channel: 'tracing:adonisjs.http.request:start', note: noteContext }],
  routes: [
    {
      ofRequest: (request: object) => {
        const pattern = contexts.of(request)?.route?.pattern
        return typeof pattern === 'string' ? pattern : undefined
      }
    }
  ]
}

function noteContext({ ctx }: { ctx: Context }): void {
  const { request } = ctx.request
  if (typeof request === 'object' && request !== null) contexts.put(request, ctx)
}
