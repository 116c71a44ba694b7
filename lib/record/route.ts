// Names for requests whose framework tells no route: the path with ids taken out, so that `/orders/17` and `/orders/18`
// are one route. Main thread. Attack and chance make endless paths, so the number of names is capped; what comes later
// shares one name.

const MAX_ROUTES = 500
const MAX_LENGTH = 200
const OVERFLOW = '/*'

const ID = /^(?:\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}|(?=.*\d)[\w-]{20,})$/i

const seen = new Set<string>()

export function routeOf(path: string): string {
  const route = normalizePath(path)
  if (seen.has(route)) return route
  if (seen.size >= MAX_ROUTES) return OVERFLOW
  seen.add(route)
  return route
}

/** `/orders/17/items?page=2` → `/orders/:id/items`. Absolute-form and odd targets become `/*`. */
export function normalizePath(path: string): string {
  const end = path.search(/[?#]/)
  const cut = path.slice(0, Math.min(end < 0 ? path.length : end, MAX_LENGTH))
  if (!cut.startsWith('/') || cut.startsWith('//') || /[^\x21-\x7e]/.test(cut)) return OVERFLOW
  return cut
    .split('/')
    .map(segment => (ID.test(segment) ? ':id' : segment))
    .join('/')
}
