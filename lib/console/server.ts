// The console's HTTP server: OTLP comes in, the page and its views go out, on one port. Every request passes guard.ts first;
// what is sent out is JSON, the built page, or a download, under a policy that lets the page load nothing but itself.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sums } from '../fleet/sums.js'
import { escapeControls } from '../process/plain.js'
import { type Agents, createAgents } from './agents.js'
import { createApi } from './api.js'
import { Refused, readBody } from './body.js'
import { limitConnections } from './connections.js'
import { COOKIE, isLoopback, isSame, refusalOf } from './guard.js'
import type { Journal } from './journal.js'
import { createLive, type Live } from './live.js'
import { createPage, type Page } from './page.js'
import { failure, receive, SIGNALS } from './receive.js'
import type { ReportRow } from './rows.js'
import type { Store } from './store.js'

export interface ConsoleOptions {
  store: Store
  host: string
  port: number
  /** Needed for everything when `host` is not the loopback. */
  token: string | undefined
  journal?: Journal
  onReport?: (row: ReportRow) => void
  /** The first screen is of what a fleet's metrics engine tells, not of what was received. Rejects with a sentence for a person. */
  askFleet?: () => Promise<Sums>
}

export interface Console {
  url: string
  close(): Promise<void>
}

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff'
}
/** A sender that stops in the middle of its body is not waited for. */
const REQUEST_TIMEOUT_MS = 30_000
const MAX_CONNECTIONS = 64

/** How often pages ask again for what an engine says: that changes once a minute. */
const FLEET_EVERY_MS = 15_000

const OF_AGENTS = '/perfagent/options'
const OF_PEOPLE = '/api/options'
const MAX_OPTIONS_BYTES = 256 * 1024

/** What a request's address is relative to; only path and query are looked at. */
const BASE = 'http://console'

interface Wiring extends ConsoleOptions {
  agents: Agents
  live: Live
  page: Page
  api: ReturnType<typeof createApi>
}

/** Throws what `listen` does, EADDRINUSE above all. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  if (!isLoopback(options.host) && !options.token)
    throw new Error(`${options.host} is no loopback address: it needs a token`)
  const { store } = options
  const agents = createAgents(() => performance.now())
  const version = (): number => store.version() + agents.version()
  const wiring: Wiring = {
    ...options,
    agents,
    live: createLive({ version, counts: store.counts }, options.askFleet && FLEET_EVERY_MS),
    page: createPage(),
    api: createApi(options.store, options.askFleet)
  }
  const server = createServer((request, response) => {
    handle(wiring, request, response).catch(error => fail(request, response, error))
  })
  server.requestTimeout = REQUEST_TIMEOUT_MS
  // Agents come each second or so; a new connection each time would cost both sides more.
  server.keepAliveTimeout = 65_000
  limitConnections(server, MAX_CONNECTIONS)
  try {
    server.listen(options.port, options.host)
    await once(server, 'listening')
  } catch (error) {
    wiring.live.close()
    throw error
  }
  const { address, port, family } = server.address() as AddressInfo
  const shown = address === '0.0.0.0' || address === '::' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address
  return {
    url: `http://${shown}:${port}`,
    async close() {
      wiring.live.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
}

async function handle(wiring: Wiring, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
  const address = request.url ?? '/'
  if (!URL.canParse(address, BASE)) throw new Refused(400, 'that is no address')
  const { pathname, searchParams } = new URL(address, BASE)
  if (logIn(wiring, request, response, pathname, searchParams)) return
  const refusal = refusalOf(request.headers, wiring.token)
  if (refusal) throw new Refused(refusal.status, refusal.reason)
  const signal = SIGNALS[pathname]
  if (signal) return takeIn(wiring, signal, request, response)
  if (pathname === OF_AGENTS || pathname === OF_PEOPLE) return options(wiring.agents, pathname, request, response)
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refused(405, 'only GET is understood here')
  if (pathname === '/api/stream') {
    if (!wiring.live.open(request, response, searchParams.has('reports'))) throw new Refused(503, 'too many readers')
    return
  }
  const found = pathname.startsWith('/api/') ? await wiring.api(pathname, searchParams) : wiring.page(pathname)
  if (!found) throw new Refused(404, 'there is nothing here')
  response.writeHead(200, { 'content-type': found.type, 'cache-control': 'no-cache', ...found.headers }).end(found.body)
}

async function takeIn(
  { store, live, journal, onReport }: Wiring,
  signal: (typeof SIGNALS)[string],
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST')
    throw new Refused(405, 'OTLP is sent by POST')
  }
  const contentType = request.headers['content-type'] ?? ''
  const body = await readBody(request)
  const hear = (row: ReportRow): void => {
    live.report(row)
    onReport?.(row)
  }
  const answer = receive(store, signal, contentType, body, hear, Date.now())
  journal?.add(signal, contentType, body)
  // By this an agent of ours knows that it may ask here for its options.
  response.writeHead(200, { 'content-type': answer.type, 'perfagent-console': '1' }).end(answer.body)
}

/** Agents ask, and people look and change. JSON alone is taken: a page elsewhere cannot send that without being asked who it is. */
async function options(
  agents: Agents,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const posted = request.method === 'POST'
  if (!posted && (pathname === OF_AGENTS || request.method !== 'GET'))
    throw new Refused(405, 'only POST is understood here')
  let answer = ''
  if (posted) {
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) throw new Refused(415, 'send JSON')
    if (request.headers['content-encoding']) throw new Refused(415, 'send it as it is')
    const body = await readBody(request, MAX_OPTIONS_BYTES)
    if (pathname === OF_AGENTS) answer = agents.asked(body)
    else agents.change(body)
  }
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
  response.writeHead(200, headers).end(answer || JSON.stringify(agents.view()))
}

/** `/?token=…`, as printed at the start: becomes a cookie, so that the token does not stay in the address. */
function logIn(
  { token }: Wiring,
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
  query: URLSearchParams
): boolean {
  const given = query.get('token')
  if (token === undefined || given === null || request.method !== 'GET' || !isSame(given, token)) return false
  query.delete('token')
  const cookie = `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/`
  // One slash: `//host` would be an address elsewhere.
  const location = `/${pathname.replace(/^[/\\]+/, '')}${query.size > 0 ? `?${query}` : ''}`
  response.writeHead(303, { location, 'set-cookie': cookie }).end()
  return true
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // The sender went away, or was answered already.
  if (response.headersSent || response.destroyed) return void response.destroy()
  const { status, message } = error instanceof Refused ? error : { status: 500, message: 'the console failed' }
  if (status === 500) process.stderr.write(`perfagent console: ${escapeControls(String((error as Error).stack))}\n`)
  const { type, body } = failure(request.headers['content-type'] ?? '', message)
  if (status === 401) response.setHeader('www-authenticate', 'Bearer')
  // What is left of a body that is too large is not read.
  response.writeHead(status, { 'content-type': type, connection: 'close' }).end(body)
  request.resume()
}
