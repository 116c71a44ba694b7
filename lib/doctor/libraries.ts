// What the doctor says of the libraries that a program loaded: heard through channels of their own, patched, or neither. Pure.

import { instrumentations } from '../../instrumentations/index.js'
import type { Loaded } from '../hook/load.js'
import { type Finding, note, ok, wrong } from './finding.js'

export function judgeLibraries(loaded: Loaded[]): Finding[] {
  const packages = new Map<string, Loaded[]>()
  for (const part of loaded) {
    if (part.module.startsWith('node:')) continue
    const name = `${packageOf(part.module)} ${part.version}`
    packages.set(name, [...(packages.get(name) ?? []), part])
  }
  return [...packages].map(([name, parts]) => judge(name, parts))
}

function judge(name: string, parts: Loaded[]): Finding {
  const about = packageOf(parts[0]!.module)
  if (parts.some(({ early, patched }) => early && patched)) {
    return wrong(about, `${name} was loaded before perfagent: what it had made by then is not seen`, LOAD_FIRST)
  }
  if (parts.some(({ patched }) => patched)) return ok(about, `${name} is patched`)
  if (publishes(about)) return ok(about, `${name} publishes channels of its own`)
  return note(about, `${name} is none of the supported versions: it is not seen`, 'README, "What it sees"')
}

/** Libraries of which nothing was seen, and of which nothing would be where they are imported. `isThere`: for the program. */
export function judgeImports(loaded: Loaded[], isThere: (name: string) => boolean): Finding[] {
  const patches = instrumentations.flatMap(({ patches = [] }) => patches).filter(({ imported }) => imported)
  return [...new Set(patches.map(({ module }) => module))]
    .filter(name => !loaded.some(({ module }) => packageOf(module) === name) && isThere(name))
    .map(name => note(name, `${name} is installed and none of its files was patched: by import it is not seen`, BY_ESM))
}

const BY_ESM = 'npm install import-in-the-middle; node --import perfagent/esm app.js'

const LOAD_FIRST = 'load perfagent first: node --require perfagent/register app.js'

const packageOf = (module: string): string => module.split('/', module.startsWith('@') ? 2 : 1).join('/')

function publishes(name: string): boolean {
  const known = instrumentations.find(({ patches = [] }) => patches.some(({ module }) => module === name))
  const { operations = [], routes = [] } = known ?? {}
  const channels = [...operations, ...routes].map(source =>
    'channel' in source ? source.channel : 'start' in source ? source.start : 'perfagent:'
  )
  return channels.some(channel => !String(channel).startsWith('perfagent:'))
}
