// `perfagent kernel`: what the process cannot see of itself. Attaches tracing tools to a running service, joins what they see with
// what its agent says of slow requests, and takes everything off again.

import { endOf, startOf } from '../kernel/events.js'
import { FOLDED, type FoldedKind, folded } from '../kernel/folded.js'
import { missingFor } from '../kernel/needs.js'
import { ON_CPU } from '../kernel/on-cpu.js'
import { PROBES } from '../kernel/probes/index.js'
import { runSession, type Seen, type SlowRequest } from '../kernel/session.js'
import { lostLine, requestText, seenText } from '../kernel/text.js'
import { told } from '../kernel/told.js'
import { escapeControls, escapeJson } from '../process/plain.js'
import { type Command, CommandError } from './command.js'
import { tellConsole } from './tell-console.js'

const DEFAULT_SECONDS = 10
/** More is seldom read, and never by a person. The longest are kept. */
const MAX_JSON_EVENTS = 20_000

export const kernelCommand: Command = {
  usage: 'kernel --pid PID [--seconds N]',
  summary:
    'traces a service in the kernel; also --on-slow, --json, --folded on-cpu|off-cpu, --console URL, --without PART,…',
  options: {
    pid: { type: 'string' },
    seconds: { type: 'string' },
    'on-slow': { type: 'boolean' },
    json: { type: 'boolean' },
    folded: { type: 'string' },
    console: { type: 'string' },
    token: { type: 'string' },
    without: { type: 'string' }
  },
  async run(values) {
    const { pid, seconds, onSlow, json, kind, url, token, without } = understood(values)
    const missing = missingFor(pid, { perf: !without.includes(ON_CPU), arguments: `--pid ${pid}` })
    if (missing.length > 0) {
      for (const { what, mend } of missing) note(`${what}: ${mend}`)
      return 1
    }
    const leaving = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => leaving.abort())
    process.stdout.on('error', () => leaving.abort())
    const each = onSlow && !kind
    const telling = new Set<Promise<void>>()
    const seen = await runSession({
      pid,
      seconds: seconds ?? (onSlow ? undefined : DEFAULT_SECONDS),
      without,
      leaving: leaving.signal,
      note,
      attached(lost) {
        for (const part of lost) note(lostLine(part))
        note(onSlow ? `armed: waits for slow requests of ${pid}; Ctrl-C ends it` : `traces ${pid}`)
      },
      slow(request) {
        if (each) print(json ? escapeJson(JSON.stringify(requestJson(request))) : `${requestText(request)}\n`)
        if (url === undefined) return
        const said = tellConsole(url, token, request.report, told({ pid, ...request }))
        telling.add(said.catch((error: Error) => note(error.message)))
      }
    }).catch((error: Error) => {
      throw new CommandError(error.message)
    })
    await Promise.all(telling)
    if (kind) print(folded(onSlow ? whileSlow(seen) : seen.events, kind, seen.threadName).join('\n'))
    else if (!onSlow) print(json ? escapeJson(JSON.stringify(seenJson(seen))) : seenText(seen))
    if (seen.brokeOff === undefined) return 0
    note(`over after ${seen.seconds.toFixed(1)} s: ${seen.brokeOff}`)
    return 1
  }
}

interface Understood {
  pid: number
  seconds: number | undefined
  onSlow: boolean
  json: boolean
  kind: FoldedKind | undefined
  /** Of a console that is told too. */
  url: string | undefined
  token: string | undefined
  without: string[]
}

function understood(values: Record<string, unknown>): Understood {
  const pid = Number(values['pid'])
  if (!Number.isSafeInteger(pid) || pid < 1)
    throw new CommandError('which process? sudo npx perfagent kernel --pid PID')
  const seconds = values['seconds'] === undefined ? undefined : Number(values['seconds'])
  if (seconds !== undefined && !(seconds > 0 && seconds <= 86_400)) {
    throw new CommandError('--seconds takes a number above 0, up to 86400')
  }
  const kind = FOLDED.find(name => name === values['folded'])
  if (values['folded'] !== undefined && !kind) throw new CommandError(`--folded takes ${FOLDED.join(' or ')}`)
  const names = [...PROBES.map(({ name }) => name), ON_CPU]
  const without = String(values['without'] ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(Boolean)
  const unknown = without.find(name => !names.includes(name))
  if (unknown !== undefined) throw new CommandError(`there is no part ${unknown}, but ${names.join(', ')}`)
  const [url, token] = [values['console'], values['token']] as (string | undefined)[]
  if (url !== undefined && !/^https?:\/\//.test(url)) throw new CommandError('--console takes http://HOST:PORT')
  return { pid, seconds, onSlow: values['on-slow'] === true, json: values['json'] === true, kind, url, token, without }
}

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const note = (text: string): void => void process.stderr.write(`perfagent kernel: ${escapeControls(text)}\n`)

const whileSlow = ({ events, requests }: Seen): Seen['events'] =>
  events.filter(event => requests.some(({ start, end }) => startOf(event) <= end && endOf(event) >= start))

const requestJson = ({ report, start, end, findings, events }: SlowRequest): unknown => ({
  report,
  start,
  end,
  findings,
  events: longest(events)
})

const seenJson = ({
  pid,
  start,
  end,
  seconds,
  lost,
  dropped,
  findings,
  requests,
  counted,
  network,
  events
}: Seen): unknown => ({
  version: 1,
  kind: 'kernel',
  pid,
  start,
  end,
  seconds,
  lost,
  dropped,
  findings,
  requests: requests.map(requestJson),
  counted,
  network,
  events: longest(events)
})

const lengthOf = (event: Seen['events'][number]): number => ('start' in event ? event.end - event.start : 0)
const longest = (events: Seen['events']): Seen['events'] =>
  events.length <= MAX_JSON_EVENTS
    ? events
    : [...events].sort((a, b) => lengthOf(b) - lengthOf(a)).slice(0, MAX_JSON_EVENTS)
