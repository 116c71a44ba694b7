// How perfagent becomes what `@opentelemetry/api` finds: in the one place where all its copies look, a registry on globalThis. No
// copy is loaded for that, so it works for `require`, `import` and bundles alike, and costs an application without it nothing.
// Main thread.
//
//   globalThis[Symbol.for('opentelemetry.js.api.1')] = { version, trace, context, propagation, metrics, … }
//
// A copy reads an entry only if `version` is at least its own (by minor), and registers only if it is exactly its own and the
// entry is free (1.0 to 1.10, src/internal/global-utils.ts). So perfagent's registry says a version that suits all readers.
// Registering is the only act that assigns the registry itself: then the registrant's version is looked up and told, and when it
// asks for an entry of ours, perfagent gives way: it takes itself out, and what is left is a registry as the copy would have made.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { log } from '../process/log.js'

const KEY = Symbol.for('opentelemetry.js.api.1')
const ANY_READER = '1.999.0'
const FOLDER = '/@opentelemetry/api/'

type Registry = Record<string, unknown>
const global = globalThis as { [KEY]?: Registry | undefined }

export interface Entries {
  trace: object
  context: object
  propagation: object
  metrics: object
}
export type Name = keyof Entries
/** Entries that one provider has, or another has, but not both. */
export type Part = readonly Name[]

/** What somebody else has registered. */
export const registered = (name: string): unknown => global[KEY]?.[name]

/**
 * Entries are made when somebody asks. `onGivenWay`: somebody else registers one of a part, or has before; the other parts stay.
 * Returns the undo.
 */
export function register(
  parts: readonly Part[],
  entry: (name: Name) => object | undefined,
  onGivenWay: (part: Part) => void
): () => void {
  const before = global[KEY]
  const taken = parts.filter(part => part.some(name => before?.[name]))
  const ours = new Set(parts.filter(part => !taken.includes(part)))
  for (const part of taken) onGivenWay(part)
  if (ours.size === 0) return () => {}
  const registry: Registry = { ...before }
  let registrant: string | undefined

  /** With the last part it is a registry as any copy makes one. */
  function leave(part: Part, version: string): void {
    ours.delete(part)
    for (const name of part) Reflect.deleteProperty(registry, name)
    if (ours.size > 0) return
    Object.defineProperty(registry, 'version', { value: version, writable: true, enumerable: true, configurable: true })
    Object.defineProperty(global, KEY, { value: registry, writable: true, enumerable: true, configurable: true })
  }

  function offer(part: Part, name: Name): void {
    Object.defineProperty(registry, name, {
      get() {
        if (registrant === undefined) return entry(name)
        leave(part, registrant)
        onGivenWay(part)
        return undefined
      },
      set(value: unknown) {
        Object.defineProperty(registry, name, { value, writable: true, enumerable: true, configurable: true })
      },
      enumerable: true,
      configurable: true
    })
  }

  for (const part of ours) for (const name of part) offer(part, name)
  let version = before && String(before['version'])
  Object.defineProperty(registry, 'version', {
    get: () => registrant ?? ANY_READER,
    enumerable: true,
    configurable: true
  })
  Object.defineProperty(global, KEY, {
    get() {
      registrant = undefined
      return registry
    },
    set(value: unknown) {
      if (value !== registry) return
      registrant = versionOfCaller()
      version = registrant ?? version
    },
    enumerable: true,
    configurable: true
  })

  return () => {
    if (Object.getOwnPropertyDescriptor(global, KEY)?.get === undefined) return
    for (const part of [...ours]) leave(part, version ?? ANY_READER)
    if (version === undefined) Reflect.deleteProperty(global, KEY)
  }
}

/** Of the copy whose code called. Undefined in a bundle, which then registers in vain. */
function versionOfCaller(): string | undefined {
  try {
    const line = plainStack()
      .split('\n')
      .findLast(text => text.includes(FOLDER))
    const place = /(file:\/\/[^\s)]+|(?:[A-Za-z]:)?[/\\][^)]*?):\d+:\d+\)?$/.exec(line ?? '')?.[1]
    if (place) {
      const file = place.startsWith('file:') ? fileURLToPath(place) : place
      const folder = file.replaceAll('\\', '/').slice(0, file.lastIndexOf(FOLDER) + FOLDER.length)
      return JSON.parse(readFileSync(`${folder}package.json`, 'utf8')).version
    }
  } catch {}
  log(
    'warn',
    'an OpenTelemetry SDK could not register beside it: start perfagent after it, or PERFAGENT_DISABLE=opentelemetry'
  )
  return undefined
}

function plainStack(): string {
  const errors: { prepareStackTrace?: unknown } = Error
  const { prepareStackTrace } = errors
  errors.prepareStackTrace = undefined
  try {
    return new Error().stack ?? ''
  } finally {
    errors.prepareStackTrace = prepareStackTrace
  }
}
