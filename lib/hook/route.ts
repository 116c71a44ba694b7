// Names for requests whose framework tells no route, or one that all have: the path with ids taken out, so that `/orders/17` and
// `/orders/18` are one route, and `/orders/17.json` and `/orders/18.json` another. Main thread. Attack and chance make endless paths,
// so the number of names is capped; what comes later shares one name.
//
// Metrics ask for the name of every request, so a path is gone through once, and cut only where there may be an id: 0.07 µs for
// one that has none, 0.21 µs with one; split and joined by regular expressions they took 1.2 µs (Node 20). It is asked for also
// where no regular expression may run (chars.ts).

const MAX_ROUTES = 500
const MAX_LENGTH = 200
const OVERFLOW = '/*'

/** Of an id without a digit. */
const SHORTEST_WORD = 16
/** Of one that has letters and digits of any kind. */
const SHORTEST_MIXED = 20
const UUID_CHARS = 36
const UUID_DASHES = [8, 13, 18, 23]

const SLASH = 0x2f
const QUERY = 0x3f
const FRAGMENT = 0x23
const STAR = 0x2a
const BRACE = 0x7b
const DASH = 0x2d
const DOT = 0x2e
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const LETTER_A = 0x61
const LETTER_F = 0x66
const LETTER_Z = 0x7a
const UNDERSCORE = 0x5f
/** Makes a letter lower case. */
const LOWER = 0x20
const FIRST_PRINTABLE = 0x21
const LAST_PRINTABLE = 0x7e

const seen = new Map<string, string>()
let lastPath: string | undefined
let lastRoute = ''

/** One text for each name, whose hash is known: a name that was just cut out of a path has none yet. */
export function routeOf(path: string): string {
  if (path === lastPath) return lastRoute
  lastRoute = nameOf(normalizePath(path))
  lastPath = path.length < MAX_LENGTH ? path : undefined
  return lastRoute
}

/**
 * Whether a framework's route is the one that all requests come to, so that it names none: React Router, Remix and others that render
 * pages stand behind an Express or a Fastify that knows `*`, `/*`, `/*splat`, `/{*splat}` alone.
 */
export function takesAll(route: string): boolean {
  let at = 0
  while (route.charCodeAt(at) === SLASH || route.charCodeAt(at) === BRACE) at++
  return route.charCodeAt(at) === STAR && !route.includes('/', at)
}

function nameOf(route: string): string {
  const known = seen.get(route)
  if (known !== undefined) return known
  if (seen.size >= MAX_ROUTES) return OVERFLOW
  seen.set(route, route)
  return route
}

/** `/orders/17/items?page=2` → `/orders/:id/items`. Absolute-form and odd targets become `/*`. */
export function normalizePath(path: string): string {
  if (path.charCodeAt(0) !== SLASH || path.charCodeAt(1) === SLASH) return OVERFLOW
  let route = ''
  /** Up to here it is in `route`. */
  let taken = 0
  let segment = 1
  /** The first one of the segment, after which its kind stands (`17.json`). */
  let dot = 0
  let hasDigit = false
  for (let i = 1; ; i++) {
    const char = i < path.length && i < MAX_LENGTH ? path.charCodeAt(i) : FRAGMENT
    if (char === SLASH || char === QUERY || char === FRAGMENT) {
      const end = dot > 0 && isLetter(path.charCodeAt(dot + 1)) ? dot : i
      if ((hasDigit || end - segment >= SHORTEST_WORD) && isId(path, segment, end, hasDigit)) {
        route += `${path.slice(taken, segment)}:id`
        taken = end
      }
      if (char !== SLASH) return route + path.slice(taken, i)
      segment = i + 1
      dot = 0
      hasDigit = false
    } else if (char < FIRST_PRINTABLE || char > LAST_PRINTABLE) return OVERFLOW
    else if (char === DOT) dot ||= i
    else if (char >= DIGIT_0 && char <= DIGIT_9) hasDigit ||= dot === 0
  }
}

const isLetter = (char: number): boolean => (char | LOWER) >= LETTER_A && (char | LOWER) <= LETTER_Z

/** A number, a UUID, 16 or more hexadecimal digits, or a word of 20 or more that has a digit. */
function isId(path: string, from: number, to: number, hasDigit: boolean): boolean {
  const length = to - from
  let dashes = 0
  let isNumber = true
  let isHex = true
  for (let i = from; i < to; i++) {
    const char = path.charCodeAt(i)
    if (char >= DIGIT_0 && char <= DIGIT_9) continue
    isNumber = false
    const letter = char | LOWER
    if (char === DASH) dashes++
    else if (letter < LETTER_A || letter > LETTER_F) {
      if ((letter < LETTER_A || letter > LETTER_Z) && char !== UNDERSCORE) return false
      isHex = false
    }
  }
  if (hasDigit && (isNumber || length >= SHORTEST_MIXED)) return true
  if (!isHex) return false
  if (dashes === 0) return length >= SHORTEST_WORD
  return (
    length === UUID_CHARS &&
    dashes === UUID_DASHES.length &&
    UUID_DASHES.every(at => path.charCodeAt(from + at) === DASH)
  )
}
