// The agents that ask this console for their options (lib/export/ask-console.ts), and what a person wants of each. An agent asks each two
// seconds and tells what is in force; one that was silent for a while is gone. What comes from either side is held to its shape
// and to the option table; the agent holds it to its own once more.

import { BY_CONSOLE, isLive, NAMES, OPTIONS, type OptionName } from '../options/config.js'
import type { Row } from '../options/table.js'
import type { InForce, OptionInForce } from '../types.js'
import { Refused } from './body.js'

/** Longer than an agent waits between two questions when it found nobody. */
const GONE_MS = 90_000
const MAX_AGENTS = 1000
const MAX_OPTIONS = 200
const MAX_TEXT = 4000

export interface Agent extends InForce {
  service: string
  version: string
  instance: string
  host: string
  pid: number
  /** As texts, for those who wait until it is in force. */
  wanted: Record<string, string>
}

export interface OptionsView {
  agents: Agent[]
  /** What each live option is. */
  docs: Record<string, string>
}

export interface Agents {
  /** An agent's question; returns the answer. */
  asked(body: Buffer): string
  /** `{ instances: […], options: { slowMs: '200' } }` of a person: null takes back what was wanted. Throws Refused. */
  change(body: Buffer): void
  view(): OptionsView
  version(): number
}

interface Known {
  agent: Agent
  /** By name of the option. */
  values: Record<string, unknown>
  heardMs: number
}

export function createAgents(now: () => number): Agents {
  const known = new Map<string, Known>()
  let version = 0

  function forget(): void {
    for (const [instance, { heardMs }] of known) {
      if (now() - heardMs > GONE_MS) {
        known.delete(instance)
        version++
      }
    }
  }

  function enter(told: Omit<Agent, 'wanted'>): Known {
    if (known.size >= MAX_AGENTS) throw new Refused(503, 'too many agents')
    // What an agent has of a console that was here before is still wanted.
    const kept = told.options.filter(({ source, name }) => source === BY_CONSOLE && isLiveName(name))
    const values = present(kept.map(({ name, text }) => [name, parsed(name, text)]))
    return { agent: { ...told, wanted: printed(values) }, values, heardMs: 0 }
  }

  return {
    asked(body) {
      const told = toldIn(body)
      if (!told) throw new Refused(400, 'that is no question of an agent')
      forget()
      const before = known.get(told.instance)
      const entry = before ?? enter(told)
      const agent = { ...told, wanted: entry.agent.wanted }
      if (!before || JSON.stringify(agent) !== JSON.stringify(before.agent)) version++
      known.set(told.instance, { ...entry, agent, heardMs: now() })
      return JSON.stringify({ options: entry.values })
    },

    change(body) {
      const { instances, options } = changeIn(body)
      forget()
      const meant = instances.map(instance => {
        const entry = known.get(instance)
        if (!entry) throw new Refused(404, 'that process does not ask any more')
        return entry
      })
      const read = Object.entries(options).map(([name, text]) => [name, valueIn(name, text)] as const)
      for (const { agent } of meant) refuseUnknown(agent, options)
      for (const entry of meant) {
        entry.values = present([...Object.entries(entry.values), ...read])
        entry.agent = { ...entry.agent, wanted: printed(entry.values) }
      }
      version++
    },

    view() {
      forget()
      const agents = [...known.values()].map(({ agent }) => agent)
      const order = ({ service, host, pid }: Agent): string => `${service} ${host} ${String(pid).padStart(8)}`
      return { agents: agents.sort((a, b) => (order(a) < order(b) ? -1 : 1)), docs: DOCS }
    },

    version() {
      forget()
      return version
    }
  }
}

const DOCS = Object.fromEntries(NAMES.filter(isLive).map(name => [name, OPTIONS[name].doc]))

/** The last of a name holds. */
const present = (pairs: (readonly [string, unknown])[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(Object.fromEntries(pairs)).filter(([, value]) => value !== undefined))

const isLiveName = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name) && isLive(name as OptionName)
const rowOf = (name: string): Row<unknown> => OPTIONS[name as OptionName] as Row<unknown>
/** As an environment variable would say it. */
const parsed = (name: string, text: string): unknown => rowOf(name).type.parse(text.trim())

const printed = (values: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, rowOf(name).type.print(value)]))

/** Undefined takes it back. */
function valueIn(name: string, text: unknown): unknown {
  if (!isLiveName(name)) throw new Refused(400, `${shown(name)} is no option that can change while a service runs`)
  if (text === null) return undefined
  const value = typeof text === 'string' ? parsed(name, text) : undefined
  if (value === undefined) throw new Refused(400, `${name}: ${shown(text)} is not ${rowOf(name).type.describe}`)
  return value
}

function refuseUnknown({ instrumentations, service }: Agent, { disable }: Record<string, unknown>): void {
  if (typeof disable !== 'string') return
  const unknown = (parsed('disable', disable) as string[]).find(name => !instrumentations.includes(name))
  if (unknown !== undefined) throw new Refused(400, `disable: ${service} has no instrumentation ${shown(unknown)}`)
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 100) ?? typeof value

/** From outside: nothing of it is known. */
type Loose = Record<string, unknown>
const isObject = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= MAX_OPTIONS && value.every(isText)

function changeIn(body: Buffer): { instances: string[]; options: Loose } {
  const { instances, options } = objectIn(body)
  if (!isTexts(instances) || instances.length === 0 || !isObject(options)) {
    throw new Refused(400, 'a change is { "instances": […], "options": { "slowMs": "200" } }')
  }
  return { instances, options }
}

function toldIn(body: Buffer): Omit<Agent, 'wanted'> | undefined {
  const { service, options, instrumentations, problems } = objectIn(body)
  if (!isObject(service) || !isTexts(instrumentations) || !isTexts(problems)) return undefined
  const { name, version, instance, host, pid } = service
  if (!isText(name) || !isText(version) || !isText(instance) || instance === '' || !isText(host)) return undefined
  if (!Number.isSafeInteger(pid) || !Array.isArray(options) || options.length > MAX_OPTIONS) return undefined
  if (!options.every(isOption)) return undefined
  const plain = options.map(({ name, text, source, live }) => ({ name, text, source, live }))
  const who = { service: name, version, instance, host, pid: pid as number }
  return { ...who, options: plain, instrumentations, problems }
}

const isOption = (value: unknown): value is OptionInForce =>
  isObject(value) &&
  isText(value['name']) &&
  isText(value['text']) &&
  isText(value['source']) &&
  typeof value['live'] === 'boolean'

function objectIn(body: Buffer): Loose {
  try {
    const value: unknown = JSON.parse(body.toString())
    if (isObject(value)) return value
  } catch {}
  throw new Refused(400, 'the body is no JSON object')
}
