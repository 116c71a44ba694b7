// Routes of Express 4 and 5. Nothing is patched: when the response is finished, the request still carries the route that
// matched and the path under which its router was mounted.

import type { Instrumentation } from '../lib/hook/index.js'

/** What Express adds to a request. */
interface Message {
  request: { baseUrl?: unknown; route?: { path?: unknown } }
}

export const express: Instrumentation = {
  name: 'express',
  supports: 'routes of `express` 4 and 5',
  routes: [
    {
      channel: 'http.server.response.finish',
      key: ({ request }: Message) => request,
      describe: ({ request }: Message) => {
        const path = request.route?.path
        const text = Array.isArray(path) ? path.map(textOf).join('|') : textOf(path)
        return text === '' ? undefined : `${textOf(request.baseUrl)}${text}`
      }
    }
  ]
}

const textOf = (path: unknown): string => (typeof path === 'string' ? path : path instanceof RegExp ? path.source : '')
