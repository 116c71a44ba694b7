// Routes of Express 4 and 5. Nothing is patched: when the response is finished, the request still carries the route that
// matched and the path under which its router was mounted.

import type { Instrumentation } from '../lib/hook/index.js'

/** What Express adds to a request. */
interface Message {
  request: { baseUrl?: unknown; route?: { path?: unknown } }
}

export const express: Instrumentation = {
  name: 'express',
  routes: [
    {
      channel: 'http.server.response.finish',
      key: ({ request }: Message) => request,
      describe: ({ request }: Message) => {
        const path = request.route?.path
        const matched = Array.isArray(path) ? path.find(entry => typeof entry === 'string') : path
        if (typeof matched === 'string')
          return `${typeof request.baseUrl === 'string' ? request.baseUrl : ''}${matched}`
        return matched instanceof RegExp ? matched.source : undefined
      }
    }
  ]
}
