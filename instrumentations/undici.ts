// undici 6 to 8 and the built-in fetch, which publish plain channels themselves. Only `create` runs in the caller's context.
// The headers are sent once a connection of the pool is free and set up, so the time before `sent` is the wait for one.

import type { Instrumentation } from '../lib/hook/index.js'

/** What is read of undici's Request. */
interface Request {
  origin: string | URL
  method: string
  path: string
  /** Name and value in turn (6.x, 7.x), or the rendered header (5.x). */
  headers: (string | string[])[] | string
  addHeader(name: string, value: string): void
}

interface Message {
  request: Request
  response?: { statusCode: number }
}

export const undici: Instrumentation = {
  name: 'undici',
  supports: '`undici` 6 to 8, the built-in `fetch`',
  operations: [
    {
      start: 'undici:request:create',
      end: ['undici:request:trailers'],
      error: 'undici:request:error',
      marks: { 'undici:client:sendHeaders': 'sent', 'undici:request:headers': 'headers' },
      key: ({ request }: Message) => request,
      describe: ({ request }: Message) => {
        const origin = String(request.origin)
        return {
          kind: 'http',
          system: 'http',
          text: `${request.method} ${origin}${request.path}`,
          target: targetOf(origin)
        }
      },
      statusCode: ({ response }: Message) => response?.statusCode,
      inject({ request }: Message, headers) {
        if (headers.some(([name]) => hasHeader(request.headers, name))) return
        for (const [name, value] of headers) request.addHeader(name, value)
      }
    }
  ]
}

/** `http://host:8080` → `host:8080`. An origin is a URL already: nothing here can fail on it. */
function targetOf(origin: string): string {
  const host = origin.slice(origin.indexOf('://') + 3)
  if (/:\d+$/.test(host)) return host
  return `${host}:${origin.startsWith('https:') ? 443 : 80}`
}

function hasHeader(headers: Request['headers'], name: string): boolean {
  if (typeof headers === 'string') return `\r\n${headers.toLowerCase()}`.includes(`\r\n${name}:`)
  return headers.some((entry, i) => i % 2 === 0 && typeof entry === 'string' && entry.toLowerCase() === name)
}
