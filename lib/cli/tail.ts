// `perfagent tail`: prints each report that a console receives, as it comes.

import { readReport } from '../console/report.js'
import { format } from '../export/format.js'
import { escapeJson } from '../process/plain.js'
import { type Command, CommandError } from './command.js'

const DEFAULT_URL = 'http://127.0.0.1:4318'
/** Far more than one report has; a stream without an end of line would fill the memory. */
const MAX_EVENT_CHARS = 64 * 1024 * 1024

export const tail: Command = {
  usage: 'tail [--url URL] [--json]',
  summary: 'prints the reports that a console receives, as they come; also --token',
  options: { url: { type: 'string' }, token: { type: 'string' }, json: { type: 'boolean' } },
  async run({ url = DEFAULT_URL, token, json }) {
    if (!/^https?:\/\//.test(String(url))) throw new CommandError('--url takes http://HOST:PORT')
    const leaving = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => leaving.abort())
    // `| head` has seen enough.
    process.stdout.once('error', () => leaving.abort())
    const colors = process.stdout.isTTY === true
    try {
      for await (const data of reports(String(url), token as string | undefined, leaving.signal)) {
        const report = readReport(data)
        if (report) process.stdout.write(json ? `${escapeJson(data)}\n` : `${format(report, { colors })}\n\n`)
      }
    } catch (error) {
      if (leaving.signal.aborted) return 0
      if (error instanceof CommandError) throw error
      throw new CommandError(`no console at ${url}: npx perfagent console starts one`)
    }
    throw new CommandError('the console ended')
  }
}

async function* reports(url: string, token: string | undefined, signal: AbortSignal): AsyncGenerator<string> {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  const response = await fetch(new URL('/api/stream?reports', url), { signal, headers })
  if (!response.ok) {
    const hint = response.status === 401 ? ': it wants its --token' : ''
    throw new CommandError(`${url} answered ${response.status}${hint}`)
  }
  let rest = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    rest += chunk
    if (rest.length > MAX_EVENT_CHARS) throw new CommandError('that is no console')
    const events = rest.split('\n\n')
    rest = events.pop()!
    for (const event of events) {
      const [, data] = /^event: report\ndata: ([^\n]*)$/.exec(event) ?? []
      if (data) yield data
    }
  }
}
