// Server-sent events: `change` with the counts, at most once a second, for pages that then ask for their view again; `report`
// with the whole document, for `perfagent tail`. A reader that does not read is closed instead of being waited for.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ReportRow } from './rows.js'
import type { Store } from './store.js'

const CHANGE_EVERY_MS = 1000
/** Proxies close what is silent for long. */
const SIGN_OF_LIFE_EVERY_MS = 15_000
const MAX_UNREAD_BYTES = 8 * 1024 * 1024
/** Half of the connections (server.ts): the others are left for agents. */
const MAX_READERS = 32

export interface Live {
  /** False when there are too many. */
  open(request: IncomingMessage, response: ServerResponse, wantsReports: boolean): boolean
  report(row: ReportRow): void
  close(): void
}

/** With `atLeastEveryMs` a change is told also when nothing came: what is shown comes from elsewhere too. */
export function createLive(store: Pick<Store, 'version' | 'counts'>, atLeastEveryMs = Number.POSITIVE_INFINITY): Live {
  const readers = new Map<ServerResponse, { wantsReports: boolean }>()
  let told = store.version()
  let toldAt = performance.now()

  function send(response: ServerResponse, text: string): void {
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy()
    else response.write(text)
  }

  const change = (): string => `event: change\ndata: ${JSON.stringify(store.counts())}\n\n`
  const changes = setInterval(() => {
    if (told === store.version() && performance.now() - toldAt < atLeastEveryMs) return
    told = store.version()
    toldAt = performance.now()
    for (const response of readers.keys()) send(response, change())
  }, CHANGE_EVERY_MS)
  const signs = setInterval(() => {
    for (const response of readers.keys()) send(response, ':\n\n')
  }, SIGN_OF_LIFE_EVERY_MS)

  return {
    open(request, response, wantsReports) {
      if (readers.size >= MAX_READERS) return false
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      readers.set(response, { wantsReports })
      request.once('close', () => readers.delete(response))
      send(response, change())
      return true
    },
    report({ json }) {
      // JSON has no raw line breaks in it unless somebody wrote it with spaces.
      const data = json.toString().replace(/[\r\n]+/g, ' ')
      for (const [response, { wantsReports }] of readers) {
        if (wantsReports) send(response, `event: report\ndata: ${data}\n\n`)
      }
    },
    close() {
      clearInterval(changes)
      clearInterval(signs)
      for (const response of readers.keys()) response.destroy()
    }
  }
}
