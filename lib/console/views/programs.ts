// By which a name may be that of several programs, out of what each instance served (lib/fleet/one-name.ts). Pure.

import { type NameUse, REACH_OF_ALL, REQUESTS_OF_EACH, type RouteReach } from '../../fleet/one-name.js'
import type { Series } from '../metrics.js'
import { within } from './within.js'

export interface Programs {
  mains: Map<string, number>
  /** Instance → route → requests; those without a route under ''. */
  served: Map<string, Map<string, number>>
}

export const newPrograms = (): Programs => ({ mains: new Map(), served: new Map() })

export function addServed({ mains, served }: Programs, { origin }: Series, route: string, requests: number): void {
  const { main, instance } = origin
  if (main !== undefined) mains.set(main, (mains.get(main) ?? 0) + requests)
  const routes = within(served, instance, () => new Map<string, number>())
  routes.set(route, (routes.get(route) ?? 0) + requests)
}

export function toldBy({ mains, served }: Programs): NameUse {
  const instances = [...served]
    .map(([instance, routes]) => ({ instance, routes, requests: sumOf([...routes.values()]) }))
    .filter(({ requests }) => requests > 0)
    .sort((a, b) => b.requests - a.requests)
  const all = sumOf(instances.map(({ requests }) => requests))
  const names = new Set(instances.flatMap(({ routes }) => [...routes.keys()]).filter(route => route !== ''))
  const routes = [...names].flatMap((route): RouteReach[] => {
    const requests = sumOf(instances.map(({ routes }) => routes.get(route) ?? 0))
    if (requests < REQUESTS_OF_EACH * instances.length) return []
    const serving = instances.filter(({ routes }) => (routes.get(route) ?? 0) > 0)
    const reachShare = sumOf(serving.map(({ requests }) => requests)) / all
    return reachShare < REACH_OF_ALL ? [{ route, reachShare, instance: serving[0]!.instance }] : []
  })
  return { mains, routes }
}

const sumOf = (values: number[]): number => values.reduce((sum, each) => sum + each, 0)
