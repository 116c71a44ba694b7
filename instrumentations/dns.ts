// Look-ups by node:dns: of the application, and of `net`, which asks for `dns.lookup` at each connect to a name. Node publishes
// nothing of them (20 to 26; its performance entries tell no request). The functions that the module has are replaced when a
// server begins to listen: who has taken one of them out of it before (`const { lookup } = …`, named imports) is not seen.
//
// A look-up inside a call is recorded beside that call, which ends later and so has the time.

import { type Instrumentation, wrapMethod } from '../lib/hook/index.js'

interface Message {
  method: string
  host: string
}

const CHANNEL = 'perfagent:dns:lookup'

export const dns: Instrumentation = {
  name: 'dns',
  supports: '`node:dns`',
  operations: [
    {
      channel: CHANNEL,
      describe: ({ method, host }: Message) => ({ kind: 'dns', system: 'dns', text: `${method} ${host}` }),
      looksUp: ({ method }: Message) => IN_THE_POOL.test(method)
    }
  ],
  patches: [{ module: 'node:dns', versions: '>=20', apply: patchDns }]
}

interface Dns {
  Resolver: { prototype: object }
  promises: { Resolver: { prototype: object } }
}

function patchDns(module: Dns): void {
  for (const holder of [module, module.promises]) {
    patchMethods(holder)
    patchMethods(holder.Resolver.prototype)
  }
}

/** Answered without asking anybody. */
const ADDRESS = /^[\d.]+$|:/
/** By the system's resolver. The others ask a name server themselves, and need no thread. */
const IN_THE_POOL = /^lookup/
const LOOKS_UP = /^(?:lookup$|lookupService$|resolve|reverse$)/

function patchMethods(holder: object): void {
  for (const method of Object.getOwnPropertyNames(holder).filter(name => LOOKS_UP.test(name))) {
    wrapMethod(holder, method, CHANNEL, (_self, [host]): Message | undefined =>
      typeof host !== 'string' || host === '' || (method === 'lookup' && ADDRESS.test(host))
        ? undefined
        : { method, host }
    )
    const { [method]: replacement } = holder as Record<string, { prototype?: { constructor: unknown } }>
    if (replacement?.prototype) replacement.prototype.constructor = replacement
  }
}
