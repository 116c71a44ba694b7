// Who may talk to the console. Pure. Three strangers are meant: a web page of another origin that posts to or reads from this
// port, a name that was made to point at 127.0.0.1 after its page was loaded (DNS rebinding), and whoever reaches a port that
// is bound to more than the loopback.
//
// On the loopback the `Host` must name the loopback, which a page of a rebound name cannot forge. On another address the names
// are the user's own, so a token decides instead; a rebound page does not have its cookie.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface Refusal {
  status: 401 | 403
  reason: string
}

export const COOKIE = 'perfagent_token'

export const isLoopback = (address: string): boolean => /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/.test(address)

/** `token` is undefined where the loopback alone is bound. */
export function refusalOf(headers: IncomingHttpHeaders, token: string | undefined): Refusal | undefined {
  const { host = '', origin } = headers
  if (token === undefined && !isLoopback(nameOf(host))) {
    return { status: 403, reason: 'this host name is not the loopback' }
  }
  // A browser sends it with every request that can change something and with every one to another origin.
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return { status: 403, reason: 'pages of other origins are not answered' }
  }
  // Older than Origin on GETs: an image or a script tag of another page. Following a link here is fine.
  if (headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate') {
    return { status: 403, reason: 'pages of other origins are not answered' }
  }
  if (token !== undefined && !tokensIn(headers).some(given => isSame(given, token))) {
    return { status: 401, reason: 'the token is missing or wrong' }
  }
  return undefined
}

/** Compared as hashes: in constant time whatever its length. */
export const isSame = (given: string, token: string): boolean => timingSafeEqual(hash(given), hash(token))

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()

/** An address of IPv6 stands in brackets. */
const nameOf = (host: string): string =>
  host
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/^\[([\da-f:]+)\]$/, '$1')

function tokensIn({ authorization = '', cookie = '' }: IncomingHttpHeaders): string[] {
  const bearer = /^bearer (\S+)$/i.exec(authorization)?.[1]
  const cookies = cookie.split(';').map(pair => pair.trim())
  const kept = cookies.find(pair => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1)
  return [bearer, kept].filter(given => given !== undefined)
}
