// Routes of Express 4 and 5. Nothing is patched: when the request ends, it still carries the route that matched and the path
// under which its router was mounted. Node's `http.server.response.finish` would not do: a request whose client went away has
// none, and slow requests are those that clients give up.

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
      channel: 'perfagent:http.server.request:ending',
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
