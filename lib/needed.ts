// When the agent is needed. What records is five sixths of our code on the application's threads, and a process that serves nothing (a tool,
// a script, the primary of a cluster, most worker threads) never needs it. Main thread and workers.
//
// A service is known by the first of these: a package is loaded that perfagent patches, a server is about to listen, a call is on its way
// out, the API of OpenTelemetry is looked for. Whoever asks for the agent itself, as our own API does, gets it from lib/main.ts.
//
// Kept true: nothing of a request has passed by then. Of a call that makes the agent needed, which is in no request, the beginning is not seen.

import { channel } from 'node:diagnostics_channel'
import { PACKAGES } from '../instrumentations/packages.js'
import { createFuse, guard } from './hook/guard.js'
import { onListen } from './hook/listening.js'
import { onFileLoading, placeInPackage } from './hook/loaded-files.js'

/** The first that Node (20 to 26) and undici publish of a connection or a call; Node 20 has not all of them. */
const CALLS = ['net.client.socket', 'http.client.request.created', 'http.client.request.start', 'undici:request:create']

/** Where all copies of OpenTelemetry's API look for a provider (lib/api/global.ts). */
const REGISTRY = Symbol.for('opentelemetry.js.api.1')
const global = globalThis as { [REGISTRY]?: unknown }

/** What serves, of Node's own: whoever has loaded it before the agent may listen already. */
const SERVES = ['NativeModule _http_server', 'NativeModule http2']

/** Whether the moment has passed, in a process that starts the agent late. */
export function isNeeded(): boolean {
  const loaded = (process as NodeJS.Process & { moduleLoadList: string[] }).moduleLoadList
  return (
    REGISTRY in global ||
    SERVES.some(name => loaded.includes(name)) ||
    Object.keys(require.cache).some(isOfPatchedPackage)
  )
}

/** Calls `make` when the moment comes, perhaps more than once; it must not throw. Returns the undo. */
export function whenNeeded(make: () => void): () => void {
  const needed = guard(createFuse('starting'), make)
  const calls = CALLS.map(name => channel(name))
  for (const call of calls) call.subscribe(needed)
  const undo = [
    onListen(needed),
    onLook(needed),
    onFileLoading(
      guard(createFuse('looking for libraries'), (_module, file) => {
        if (isOfPatchedPackage(file)) make()
      })
    )
  ]
  return () => {
    for (const call of calls) call.unsubscribe(needed)
    for (const step of undo) step()
  }
}

/** Puts a property in the place of the registry: who looks gets what is there after `look`. Returns the undo. */
function onLook(look: () => void): () => void {
  /** Somebody else may have defined it anew. */
  const takeAway = (): unknown => isOurs() && Reflect.deleteProperty(global, REGISTRY)
  const isOurs = (): boolean => Object.getOwnPropertyDescriptor(global, REGISTRY)?.get === get

  function get(): unknown {
    takeAway()
    look()
    return global[REGISTRY]
  }

  function set(value: unknown): void {
    takeAway()
    look()
    global[REGISTRY] = value
  }

  Object.defineProperty(global, REGISTRY, { get, set, enumerable: true, configurable: true })
  return takeAway
}

function isOfPatchedPackage(file: string): boolean {
  const { name } = placeInPackage(file) ?? {}
  return name !== undefined && PACKAGES.includes(name)
}
