// Routes of Express 4 and 5. Nothing is patched: its requests carry the route that matched and the path under which its router
// was mounted, until their end. Node's `http.server.response.finish` would not do: a request whose client went away has
// none, and slow requests are those that clients give up.

import type { Instrumentation } from '../lib/hook/index.js'

/** What Express adds to a request. */
interface Routed {
  baseUrl?: unknown
  route?: { path?: unknown }
}

export const express: Instrumentation = {
  name: 'express',
  supports: 'routes of `express` 4 and 5',
  routes: [
    {
      ofRequest: ({ baseUrl, route }: Routed) => {
        if (!route) return undefined
        const { path } = route
        const text = Array.isArray(path) ? path.map(textOf).join('|') : textOf(path)
        return text === '' ? undefined : `${textOf(baseUrl)}${text}`
      }
    }
  ]
}

const textOf = (path: unknown): string => (typeof path === 'string' ? path : path instanceof RegExp ? path.source : '')
