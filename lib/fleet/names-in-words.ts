// Which names are those of several programs, in words: what is to be done before any other sentence is believed. Pure.

import { plural } from '../verdict/words.js'
import type { OneName } from './one-name.js'
import type { ServiceSums, Sums } from './sums.js'

const MAX_NAMES = 3
const MAX_PROGRAMS = 3

export function sharedNames({ services }: Pick<Sums, 'services'>): string[] {
  const said = services.flatMap(({ service, oneName }: ServiceSums) => (oneName ? [sentence(service, oneName)] : []))
  const more = said.length - MAX_NAMES
  return more > 0 ? [...said.slice(0, MAX_NAMES), `So it is with ${plural(more, 'more name')}.`] : said
}

const APART = 'Names of their own (OTEL_SERVICE_NAME) tell them apart.'

function sentence(service: string, { mains, routes, callsItself }: OneName): string {
  if (!routes || mains.length > 0) {
    return `${mains.length} programs are called ${service}, ${listed(mains)}: what is said of it is of all of them together. ${APART}`
  }
  const calls = callsItself ? ', and it calls itself' : ''
  return `Are two services called ${service}? Some of its instances serve ${routes[0]}, others ${routes[1]}, none of them both${calls}. Then what is said of it is of both together. ${APART}`
}

function listed(mains: string[]): string {
  const more = mains.length - MAX_PROGRAMS
  const names = more > 0 ? [...mains.slice(0, MAX_PROGRAMS), `${more} more`] : mains
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
