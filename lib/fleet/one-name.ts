// Whether several programs tell of themselves by one name: then their sums are added up, and no sentence about that name is of any of
// them. Pure. Said is what replicas do not do, however their load is divided: to be started by different files, or to serve routes that
// others never do. The second may be by chance: each client may keep one connection to one of them. So it takes requests enough for all,
// and that the name calls itself, or that there are more routes than such a client asks for.

import type { CallSums } from './sums.js'

/** What its instances tell of themselves. */
export interface NameUse {
  /** Requests by the file that a process was started with. */
  mains: ReadonlyMap<string, number>
  /** Of those that are asked for often enough to have come to every instance. */
  routes: RouteReach[]
}

export interface RouteReach {
  route: string
  /** The part of all requests that those instances serve which serve this route at all. */
  reachShare: number
  /** The one of these instances that serves most requests: of a program's routes it is the same one. */
  instance: string
}

/** More than one program by one name. */
export interface OneName {
  /** How they are started, the one with most requests first; empty: nothing tells. */
  mains: string[]
  /** Two that no instance serves both of. */
  routes: [string, string] | undefined
  callsItself: boolean
}

/** Requests for each instance: one that gets a tenth of the load is left out by chance in one of 7. */
export const REQUESTS_OF_EACH = 20
/** An instance that has just come has served less. */
export const REACH_OF_ALL = 0.9
/** Reaches of two counters that are read one after the other. */
const ALL_SHARE = 1.02
/** Two of each program: who keeps one connection asks for less. */
const ROUTES_APART = 4

export function oneName(service: string, { mains, routes }: NameUse, calls: CallSums[]): OneName | undefined {
  const callsItself = calls.some(({ from, to, system }) => from === service && to === service && system === 'service')
  const started = programsOf(mains)
  const apart = routes.flatMap(each => {
    const other = routes.find(other => isApartOf(each, other))
    return other ? [{ route: each.route, other: other.route }] : []
  })
  const isApart = apart.length >= (callsItself ? 2 : ROUTES_APART)
  const [first] = isApart ? apart : []
  if (started.length < 2 && !first) return undefined
  return {
    mains: started.length < 2 ? [] : started,
    routes: first && [first.route, first.other],
    callsItself
  }
}

const isApartOf = (a: RouteReach, b: RouteReach): boolean =>
  a.instance !== b.instance && a.reachShare + b.reachShare <= ALL_SHARE

/** The same file lies elsewhere on another machine or in the next release, and is compiled on one of them. */
const programOf = (file: string): string => (file.split(/[\\/]/).at(-1) ?? '').replace(/\.[cm]?[jt]sx?$/, '')

function programsOf(mains: ReadonlyMap<string, number>): string[] {
  const programs = new Map<string, { file: string; requests: number }>()
  for (const [path, requests] of mains) {
    const file = path.split(/[\\/]/).at(-1)!
    const known = programs.get(programOf(path)) ?? { file, requests: 0 }
    programs.set(programOf(path), { ...known, requests: known.requests + requests })
  }
  return [...programs.values()]
    .filter(({ file, requests }) => file !== '' && requests >= REQUESTS_OF_EACH)
    .sort((a, b) => b.requests - a.requests)
    .map(({ file }) => file)
}
