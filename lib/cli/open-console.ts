// What `perfagent console` and `perfagent run` have in common: the options of a console, and its start with store, journal and
// port.

import { randomBytes } from 'node:crypto'
import { isLoopback } from '../console/guard.js'
import { openJournal } from '../console/journal.js'
import { receive, type Signal } from '../console/receive.js'
import { type Console, type ConsoleOptions, startConsole } from '../console/server.js'
import { createStore } from '../console/store.js'
import { CommandError } from './command.js'

const DEFAULT_PORT = 4318
const PORTS_TRIED = 20
const DEFAULT_MAX_MIB = 256
const MIB = 1024 * 1024

export const CONSOLE_OPTIONS = {
  port: { type: 'string' },
  host: { type: 'string' },
  token: { type: 'string' },
  data: { type: 'string' },
  'max-mib': { type: 'string' }
} as const

export interface Opened {
  url: string
  /** Where a person opens it: with the token, when there is one. */
  link: string
  token: string | undefined
  /** What is to be said besides: another port than asked for. */
  notes: string[]
  close(): Promise<void>
}

export async function openConsole(
  values: Record<string, unknown>,
  further: Pick<ConsoleOptions, 'onReport' | 'askFleet'> = {}
): Promise<Opened> {
  const host = String(values['host'] ?? '127.0.0.1')
  const given = values['token'] as string | undefined
  if (given !== undefined && !/^[\w.~-]{8,200}$/.test(given)) {
    throw new CommandError('--token has 8 to 200 letters, digits, and . _ ~ -')
  }
  const token = given ?? (isLoopback(host) ? undefined : randomBytes(16).toString('hex'))
  const maxBytes = numberOf(values, 'max-mib', DEFAULT_MAX_MIB, 1, 1_000_000) * MIB
  const store = createStore(maxBytes)
  const notes: string[] = []
  const journal = values['data'] === undefined ? undefined : journalIn(String(values['data']), maxBytes)
  journal?.replay((signal, type, body) => {
    try {
      receive(store, signal as Signal, type, Buffer.from(body), () => {})
    } catch {
      store.ignore('unreadable body')
    }
  })
  const start = (port: number): Promise<Console> =>
    startConsole({ store, host, port, token, ...(journal && { journal }), ...further })
  const opened = await listen(values, start, notes)
  return {
    url: opened.url,
    link: token ? `${opened.url}/?token=${token}` : opened.url,
    token,
    notes,
    async close() {
      await opened.close()
      journal?.close()
    }
  }
}

/** A port that was asked for is the one or none; the usual one gives way to the next that is free. */
async function listen(
  values: Record<string, unknown>,
  start: (port: number) => Promise<Console>,
  notes: string[]
): Promise<Console> {
  const first = numberOf(values, 'port', DEFAULT_PORT, 0, 65_535)
  const last = values['port'] === undefined ? first + PORTS_TRIED : first
  for (let port = first; ; port++) {
    try {
      const opened = await start(port)
      if (port !== first) {
        notes.push(
          `port ${first} is taken: set OTEL_EXPORTER_OTLP_ENDPOINT=${opened.url} where programs are to send here`
        )
      }
      return opened
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'EADDRINUSE') throw new CommandError(message)
      if (port >= last) throw new CommandError(`port ${port} is taken`)
    }
  }
}

function journalIn(folder: string, maxBytes: number): ReturnType<typeof openJournal> {
  try {
    return openJournal(folder, maxBytes, text => process.stderr.write(`perfagent console: ${text}\n`))
  } catch (error) {
    throw new CommandError((error as Error).message)
  }
}

function numberOf(values: Record<string, unknown>, name: string, fallback: number, min: number, max: number): number {
  const value = values[name] === undefined ? fallback : Number(values[name] || Number.NaN)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new CommandError(`--${name} is a whole number from ${min} to ${max}`)
}

/** Resolves when the user or the system ends the program. */
export const ended = (): Promise<void> =>
  new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
