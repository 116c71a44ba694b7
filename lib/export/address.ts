// Where something is sent, taken apart once: what is printed of it holds no credentials, and credentials go nowhere in the
// clear. Pure.

export interface Address {
  /** Without user and password. */
  url: string
  /** Origin and path alone: a query may hold a key. */
  printed: string
  headers: Record<string, string>
  /** Set when it must not be used, with the reason. */
  refused: string | undefined
}

/** Any header may hold a key; these are known to say only whose data it is. */
const HARMLESS = /^(?:user-agent|x-scope-orgid|stream-name|[\w-]*(?:tenant|dataset|organization|environment|region))$/i

const LOOPBACK = /^(?:localhost|.*\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

export const isLoopback = (url: string): boolean => LOOPBACK.test(new URL(url).hostname)

export function addressOf(url: string, headers: Record<string, string> = {}): Address {
  const parsed = new URL(url)
  const all: Record<string, string> = { ...headers }
  const isGiven = Object.keys(all).some(name => name.toLowerCase() === 'authorization')
  if (!isGiven && (parsed.username || parsed.password)) all['authorization'] = basic(parsed)
  parsed.username = ''
  parsed.password = ''
  parsed.hash = ''
  const inTheClear = parsed.protocol === 'http:' && !LOOPBACK.test(parsed.hostname)
  const secret = Object.keys(all).find(name => !HARMLESS.test(name))
  return {
    url: parsed.href,
    printed: parsed.origin + parsed.pathname,
    headers: all,
    refused:
      inTheClear && secret !== undefined
        ? `is plain http and not this machine: the header ${secret} would be readable on the way; use https`
        : undefined
  }
}

const basic = ({ username, password }: URL): string =>
  `Basic ${Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64')}`

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
