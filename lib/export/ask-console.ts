// What a person has set for this process in a console of ours: asked for every two seconds, since the agent opens no port. Agent
// thread.
//
// Kept true: nobody is asked but a backend of OTLP that has shown itself as a console, and none that PERFAGENT_CONSOLE_CONTROL does
// not allow; what it says is handed over as it came, and held to the option table on the main thread; a console that is gone
// is asked ever more seldom, one that refuses not any more, until it takes OTLP again. What it said last holds meanwhile.

import type { Config } from '../options/config.js'
import { addressOf, isLoopback } from './address.js'
import type { Io } from './exporter.js'
import type { Settings } from './otlp-settings.js'
import { createTransport, type Transport } from './transport.js'

/** A question costs the process 2 ms of CPU in all: a thousandth of a core (Node 20, 60 s idle, two of each kind beside another). */
const ASK_MS = 2000
const MAX_ASK_MS = 60_000
/** Of one question. */
const WITHIN_MS = 5000
/** Beside `v1/traces` and its kind. */
const PATH = '../perfagent/options'

export interface ConsoleHost {
  /** Who asks, and what is in force: sent with each question. Undefined: not known yet. */
  state(): object | undefined
  /** The options that the console wants, all of them, unchecked; told when they are others than before. */
  wanted(options: unknown): void
}

export interface ConsoleLink {
  found(settings: Settings): void
  stop(): void
}

export interface ConsoleLinkOptions {
  control: Config['consoleControl']
  io: Io
  host: ConsoleHost
}

export function createConsoleLink({ control, io, host }: ConsoleLinkOptions): ConsoleLink {
  let transport: Transport | undefined
  let said: string | undefined
  let waitMs = ASK_MS
  let asking = false
  let stopped = false
  /** Calls off the next question; undefined while none is planned. */
  let callOff: (() => void) | undefined

  async function ask(to: Transport): Promise<void> {
    asking = true
    callOff = undefined
    const state = host.state()
    const aborter = new AbortController()
    const late = io.after(WITHIN_MS, () => aborter.abort(new Error('gave no answer')))
    const outcome =
      state && (await to.post({ body: [encode(state)], headers: JSON_TYPE, signal: aborter.signal, answered }))
    late()
    asking = false
    if (stopped || outcome?.type === 'refused') return
    waitMs = outcome?.type === 'retry' ? Math.min(waitMs * 2, MAX_ASK_MS) : ASK_MS
    callOff = io.after(waitMs, () => void ask(to))
  }

  function answered(_: unknown, start: Buffer | undefined): void {
    const text = start?.toString() ?? ''
    if (text === said) return
    const options = optionsIn(text)
    if (options === undefined) return
    said = text
    host.wanted(options)
  }

  return {
    found(settings) {
      if (stopped || asking || !allows(control, settings.url)) return
      // Each delivery comes here: it is news of a console that is asked not any more, or seldom.
      if (callOff && waitMs === ASK_MS) return
      callOff?.()
      waitMs = ASK_MS
      transport ??= createTransport(addressOf(new URL(PATH, settings.url).href, settings.headers), settings.tls, io)
      void ask(transport)
    },
    stop() {
      stopped = true
      callOff?.()
      transport?.close()
    }
  }
}

const JSON_TYPE = { 'content-type': 'application/json' }

const encode = (state: object): Buffer => Buffer.from(JSON.stringify(state))

const allows = (control: Config['consoleControl'], url: string): boolean =>
  control === 'any' || (control === 'loopback' && isLoopback(url))

function optionsIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { options?: unknown }).options
  } catch {
    return undefined
  }
}
