// What has to be known beside who adds the latency: that of slow requests it is another, and that nobody works in a part of the time. Pure.

import { duration, percent } from '../verdict/words.js'
import type { Answers, LatencyShare } from './answers.js'
import type { ServiceSums } from './sums.js'

/** Of a service's time; less is no reason to name it. */
export const CAUSE_FROM_SHARE = 0.2
/** Of all time; less is no reason to look there first. */
const BETWEEN_FROM_SHARE = 0.1
const MAX_PEERS = 3

export function noteOnLatency({ latency, tail }: Answers, services: ServiceSums[]): string | undefined {
  const [first] = latency
  const slow = first && tail && tailNote(tail, first.service)
  const notes = [slow, first && (between(latency) ?? mayBeFar(first, services))].filter(Boolean)
  return notes.length > 0 ? notes.join(' ') : undefined
}

const tailNote = ({ service, share, slowShare, shareOfFirst }: NonNullable<Answers['tail']>, first: string): string =>
  `Of slow requests it is another: ${service} adds ${percent(share)} of their time or more, with ${few(slowShare)} of its own that are slow, and ${first} ${percent(shareOfFirst)}.`

const few = (share: number): string => (share < 0.005 ? 'fewer than 1 %' : percent(share))

/** Nobody worked in that time, so that whoever looks into one of the two services looks in vain. */
function between(latency: LatencyShare[]): string | undefined {
  const ways = latency.flatMap(({ service, ownSeconds, share, between }) => {
    if (!between) return []
    const ofOwn = between.seconds / ownSeconds
    return ofOwn > CAUSE_FROM_SHARE && ofOwn * share > BETWEEN_FROM_SHARE ? [{ ...between, service, ofOwn }] : []
  })
  const [longest] = ways.sort((a, b) => b.seconds - a.seconds)
  if (!longest) return undefined
  const { service, to, ofOwn, waitedSeconds, atWorkSeconds } = longest
  const peers = to.length > 1 ? `those that it calls, ${listed(to)}` : to[0]
  const work = to.length > 1 ? 'they are' : `${to[0]} is`
  return `${percent(ofOwn)} of what ${service} adds is time between it and ${peers}: it waits ${seconds(waitedSeconds)} for a call, and ${work} at work for ${seconds(atWorkSeconds)} of that. ${BETWEEN}`
}

/** Of the first: of others it is no reason to look elsewhere. */
function mayBeFar({ service, ownSeconds }: LatencyShare, services: ServiceSums[]): string | undefined {
  const { mayBeFar } = services.find(each => each.service === service)!
  if (!mayBeFar || mayBeFar.seconds < CAUSE_FROM_SHARE * ownSeconds) return undefined
  const { from, fastestSeconds, atWorkSeconds } = mayBeFar
  return `Nearly all calls of ${from} took ${seconds(fastestSeconds)} or longer, and ${service} is at work for ${seconds(atWorkSeconds)} of one. The rest is told as a queue in front of its loop, which is full nearly all the time; a far network looks the same.`
}

const BETWEEN =
  'There may be a slow or far network, a proxy, a service without perfagent, or new connections that wait while a loop is full for a moment.'

function listed(names: string[]): string {
  const more = names.length - MAX_PEERS
  return more > 0 ? `${names.slice(0, MAX_PEERS).join(', ')} and ${more} more` : names.join(', ')
}

const seconds = (value: number): string => duration(value * 1000)
