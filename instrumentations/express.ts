// Routes of Express 4 and 5. Nothing is patched: its requests carry the route that matched and the path under which its router
// was mounted, until their end. Node's `http.server.response.finish` would not do: a request whose client went away has
// none, and slow requests are those that clients give up.
//
// That path is what the caller wrote, so ids are taken out of it. When a mounted router hands on, to an error handler or to
// middleware that answers for all, Express takes the path back and leaves the route. It is found again: a route matches all that
// its router was given, so what stands before its own segments is the path of the router. A name takes 20 to 30 ns more for it.

import { type Instrumentation, routeOf } from '../lib/hook/index.js'

/** What Express adds to a request. */
interface Routed {
  url?: unknown
  originalUrl?: unknown
  baseUrl?: unknown
  route?: { path?: unknown }
}

const SLASH = 0x2f
const QUERY = 0x3f
/** In a path with one of these a segment may be none or many. No regular expression, since one may be under way (chars.ts). */
const SPECIAL = '()*+?[]{}|^$"\\!'
const MAX_PATHS = 1000

/** How many segments a route's path has, undefined where it does not say. */
const segmentsOfPath = new Map<string, number | undefined>()

export const express: Instrumentation = {
  name: 'express',
  supports: 'routes of `express` 4 and 5',
  routes: [
    {
      ofRequest: (request: Routed) => {
        if (!request.route) return undefined
        const { path } = request.route
        const text = Array.isArray(path) ? path.map(textOf).join('|') : textOf(path)
        if (text === '') return undefined
        const base = typeof path === 'string' ? mountOf(request, path) : textOf(request.baseUrl)
        return base === '' ? text : `${routeOf(base)}${text}`
      }
    }
  ]
}

const textOf = (path: unknown): string => (typeof path === 'string' ? path : path instanceof RegExp ? path.source : '')

/** The path under which the router of the route was mounted, also when the request has left it. */
function mountOf({ baseUrl, url, originalUrl }: Routed, path: string): string {
  const base = textOf(baseUrl)
  const own = segmentsOf(path)
  if (own === undefined || typeof url !== 'string') return base
  let foreign = countSegments(url) - own
  // Unlike where somebody has rewritten it.
  if (foreign <= 0 || originalUrl !== base + url) return base
  let end = 0
  for (; foreign > 0; foreign--) end = endOfSegment(url, end + 1)
  return base + url.slice(0, end)
}

function segmentsOf(path: string): number | undefined {
  if (segmentsOfPath.has(path)) return segmentsOfPath.get(path)
  const segments = isPlain(path) ? countSegments(path) : undefined
  if (segmentsOfPath.size < MAX_PATHS) segmentsOfPath.set(path, segments)
  return segments
}

function isPlain(path: string): boolean {
  for (const char of path) if (SPECIAL.includes(char)) return false
  return true
}

/** Of a path or a URL. A slash at its end begins none. */
function countSegments(url: string): number {
  let segments = 0
  let last = 0
  for (let i = 0; i < url.length; i++) {
    const char = url.charCodeAt(i)
    if (char === QUERY) break
    if (char === SLASH) segments++
    last = char
  }
  return last === SLASH ? segments - 1 : segments
}

function endOfSegment(url: string, from: number): number {
  for (let i = from; i < url.length; i++) {
    const char = url.charCodeAt(i)
    if (char === SLASH || char === QUERY) return i
  }
  return url.length
}
