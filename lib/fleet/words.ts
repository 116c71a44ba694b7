// The three answers in words, the same in a terminal and on the console's page. Pure.

import { escapeControls } from '../process/plain.js'
import { duration, percent, plural } from '../verdict/words.js'
import type { Answers, Demand } from './answers.js'
import { CAUSE_FROM_SHARE, noteOnLatency } from './latency-in-words.js'
import { sharedNames } from './names-in-words.js'
import { PEER_CAUSES } from './own-causes.js'
import type { ClockOff, ResourceSums, ServiceSums, Sums } from './sums.js'

/** To one of the three questions. */
export interface WordedAnswer {
  question: string
  /** One sentence; what stands out in it, and names of causes, are marked. Nothing is known: undefined, and `note` says why. */
  sentence: Part[] | undefined
  /** What proves it, of one request. */
  proof: string | undefined
  /** The largest first. */
  shares: Share[]
  note: string | undefined
}

export type Part = string | { strong: string } | { cause: string }

export interface Share {
  name: string
  /** 0 to 1. */
  share: number
  said: string
}

/** Who adds the latency, who limits the throughput, who uses the resources. */
export const inWords = (answers: Answers, sums: Sums): WordedAnswer[] => [
  latency(answers, sums),
  throughput(answers, sums),
  use(answers, sums)
]

const SATURATED_FROM_SHARE = 0.9
/** What is used less may not be what limits. */
const NEAR_SHARE = 0.5

function latency(answers: Answers, { services }: Sums): WordedAnswer {
  const question = 'Who adds the latency'
  const { latency } = answers
  const [first] = latency
  if (!first) return nothing(question, 'No request was seen.')
  const slow = services.every(({ slowOnly }) => slowOnly) ? 'slow requests’ ' : ''
  const why: Part[] =
    first.cause && first.causeShare > CAUSE_FROM_SHARE ? [', when slow mostly ', { cause: first.cause }] : []
  return {
    question,
    sentence: [{ strong: first.service }, ` adds ${percent(first.share)} of the ${slow}time`, ...why, '.'],
    proof: undefined,
    shares: latency.map(({ service, share, ownSeconds }) => ({ name: service, share, said: seconds(ownSeconds) })),
    note: noteOnLatency(answers, services)
  }
}

function throughput({ demands, waits }: Answers, sums: Sums): WordedAnswer {
  const { services } = sums
  const question = 'Who limits the throughput'
  const [first] = demands
  if (first) {
    const said = limit(first, services)
    const note = said.note ?? (first.utilizationShare < NEAR_SHARE ? far(first, sums) : undefined)
    return { question, ...said, note, shares: demands.map(demand => shareOfDemand(demand, services.length)) }
  }
  const [wait] = waits
  const silent = services.some(hasEnded) ? ENDED : 'no service sends metrics of its resources'
  if (!wait) return nothing(question, `No request waited for a resource that others held, and ${silent}.`)
  return {
    question,
    sentence: [
      'Slow requests of ',
      { strong: wait.service },
      ' queue for its ',
      { strong: wait.resource },
      `: ${seconds(wait.seconds)} so far.`
    ],
    proof: wait.detail || undefined,
    shares: shares(waits.map(each => [`${each.service}, ${each.resource}`, each.seconds])),
    note: `N${silent.slice(1)}, so a bound cannot be told.`
  }
}

const ENDED = 'no instance is there any more: perfagent fleet --until looks at a stretch that is over'
/** Somebody was busy, and nobody is there to be. The CPU has no bound in any case. */
const hasEnded = ({ resources }: ServiceSums): boolean =>
  resources.some(({ resource, busySeconds, capacity }) => busySeconds > 0 && capacity === 0 && resource !== 'CPU')

function limit(demand: Demand, services: ServiceSums[]) {
  const { service, resource, utilizationShare, ofOneInstance, boundPerSecond, presentPerSecond } = demand
  const saturates = utilizationShare > SATURATED_FROM_SHARE ? 'has saturated' : 'saturates'
  const sentence: Part[] = [
    { strong: service },
    ` ${saturates} its ${resource}${ofOneInstance ? ', in one instance,' : ''} at about `,
    { strong: rate(boundPerSecond) },
    ` requests/s; it serves ${rate(presentPerSecond)}.`
  ]
  return { sentence, proof: undefined, note: noteOn(demand, services) }
}

function noteOn(demand: Demand, services: ServiceSums[]): string | undefined {
  const { ofOneInstance, utilizationShare, inUseShare } = demand
  const isBusyLoop = demand.resource === LOOP && utilizationShare > NEAR_SHARE
  const withoutCpu = isBusyLoop && notComputing(services.find(each => each.service === demand.service))
  if (withoutCpu) return withoutCpu
  if (ofOneInstance) return UNEVEN
  if (utilizationShare > MORE_THAN_ALL) return GONE
  return inUseShare > NEAR_SHARE && utilizationShare < inUseShare * LATE_SHARE
    ? `They are in use for ${percent(inUseShare)} of the time, in part because answers wait for the process's own event loop.`
    : undefined
}

const LOOP = 'event loop'
/** The agent's own thread and the garbage collector's are in the CPU time, too. */
const COMPUTING_SHARE = 0.5

/** A loop counts as busy, too, while its thread waits: making its code faster helps little then. */
function notComputing(service: ServiceSums | undefined): string | undefined {
  const [loop, cpu] = [LOOP, 'CPU'].map(
    name => service?.resources.find(({ resource }) => resource === name)?.busySeconds
  )
  if (!loop || !cpu || cpu >= loop * COMPUTING_SHARE) return undefined
  const why = isStarved(service!.byCause)
    ? STARVED
    : 'mostly the thread waited, for a CPU that others had or in a call that blocks.'
  return `Its loop was busy for ${seconds(loop)}, but the whole process had the CPU for ${seconds(cpu)} alone: ${why}`
}

/** So much of what its slow requests took themselves tells why a thread waited. */
const STARVED_SHARE = 0.5
const STARVED =
  'mostly the thread waited for a CPU that others had, as its slow requests say. Its host is what is full: with a CPU of its own it serves more.'

function isStarved(byCause: Record<string, number>): boolean {
  const own = total(Object.entries(byCause).flatMap(([cause, each]) => (PEER_CAUSES.has(cause) ? [] : [each])))
  return (byCause['cpu.contended'] ?? 0) > STARVED_SHARE * own
}

const UNEVEN =
  'Its instances differ: one has much more to do than the others, or takes longer for it. The load is told as it is divided now.'
const GONE = 'It has fewer instances now than it had in that time: the bound is that of those that are left.'
/** In use without the time in which answers wait for the loop, as a part of all. */
const LATE_SHARE = 0.8
/** Sums of two collections that are not of the same moment make a little more than there is. */
const MORE_THAN_ALL = 1.1

/** Queues of which slow requests alone tell; sockets have metrics where the agent could see their limit. */
const UNMEASURED = { 'http.socket_wait': 'sockets', threadpool: 'thread pool' }

/** A loop's timers, the agent's among them, and its start take some parts of a hundred: as much as so few requests. */
const FEW_PER_SECOND = 5

function far({ service, resource, presentPerSecond }: Demand, sums: Sums): string {
  const isOfFew = resource === LOOP && presentPerSecond < FEW_PER_SECOND
  return isOfFew
    ? `${notMeasured(sums)} With so few requests the loop’s other work, like timers and its start, weighs as much as they do and is counted as theirs: ${service} may well take more.`
    : notMeasured(sums)
}

/** A bound holds only as long as nothing is full before that nobody measures. */
function notMeasured({ services, calls }: Sums): string {
  const queues = services.flatMap(({ service, byCause, resources }) => {
    const all = total(Object.values(byCause))
    const unmeasured = Object.entries(UNMEASURED).filter(([, name]) => !resources.some(isCalled(name)))
    return unmeasured.map(([cause, resource]) => {
      return { service, resource, seconds: byCause[cause] ?? 0, share: (byCause[cause] ?? 0) / all }
    })
  })
  const [queue] = queues.filter(({ share }) => share > CAUSE_FROM_SHARE).sort((a, b) => b.seconds - a.seconds)
  const [peer] = calls
    .filter(({ system, sampled }) => system !== 'service' && !sampled)
    .sort((a, b) => b.seconds - a.seconds)
  const near = 'Nothing that is measured is near its end'
  if (queue)
    return `${near}, but slow requests of ${queue.service} queue for its ${queue.resource}, which nobody measures.`
  if (peer) return `${near}. How much more ${peer.to} can take, which ${peer.from} calls, is not measured.`
  return `${near}.`
}

const isCalled =
  (name: string) =>
  ({ resource }: ResourceSums): boolean =>
    resource.startsWith(name)

const total = (values: number[]): number => values.reduce((sum, each) => sum + each, 0)

const shareOfDemand = ({ service, resource, utilizationShare, boundPerSecond }: Demand, services: number): Share => ({
  name: services > 1 ? `${service}, ${resource}` : resource,
  share: utilizationShare,
  said: `${rate(boundPerSecond)}/s`
})

function use({ uses }: Answers, { services }: Sums): WordedAnswer {
  const question = 'Who uses the resources'
  const [most] = uses
  const [first] = most?.services ?? []
  if (most && first) {
    return {
      question,
      sentence: [
        { strong: first.service },
        ` uses ${percent(first.share)} of the ${most.resource}: ${seconds(first.busySeconds)}.`
      ],
      proof: undefined,
      shares: most.services.map(({ service, share, busySeconds }) => {
        return { name: service, share, said: seconds(busySeconds) }
      }),
      note: undefined
    }
  }
  const burned = shares(
    services.map(({ service, byCause }) => [service, (byCause['cpu.own'] ?? 0) + (byCause['gc'] ?? 0)])
  )
  const [hottest] = burned
  if (!hottest) return nothing(question, 'No slow request burned CPU, and no service sends metrics of its resources.')
  return {
    question,
    sentence: [
      { strong: hottest.name },
      ` used ${percent(hottest.share)} of the main-thread time that slow requests burned themselves.`
    ],
    proof: undefined,
    shares: burned,
    note: undefined
  }
}

const MAX_CLOCKS = 3
const CORRECTED = 'Here that is corrected; other views show their times as they were sent.'

/** Whose clocks are off; undefined: nobody's. */
export function clocks({ clocksOff = [] }: Sums): string | undefined {
  if (clocksOff.length === 0) return undefined
  const more = clocksOff.length - MAX_CLOCKS
  const others = more > 0 ? [`So it is with ${plural(more, 'more service')}.`] : []
  return [...clocksOff.slice(0, MAX_CLOCKS).map(clockOff), ...others, CORRECTED].join(' ')
}

function clockOff({ service, aheadSeconds, instances, ofInstances }: ClockOff): string {
  const off = longTime(Math.abs(aheadSeconds))
  const some = instances < ofInstances ? ` in ${instances} of ${plural(ofInstances, 'instance')}` : ''
  return aheadSeconds > 0
    ? `The clock of ${service}${some} is ${off} ahead of the console’s.`
    : `What ${service} sends${some} is ${off} old when it comes: its clock is behind the console’s, or the way takes that long.`
}

function longTime(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}

const nothing = (question: string, note: string): WordedAnswer => {
  return { question, sentence: undefined, proof: undefined, shares: [], note }
}

function shares(rows: [name: string, seconds: number][]): Share[] {
  const all = rows.reduce((sum, [, each]) => sum + each, 0)
  return rows
    .filter(([, each]) => each > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, each]) => ({ name, share: each / all, said: seconds(each) }))
}

const MAX_LINES = 5

/** For a terminal. `until`: the end of the stretch, where that is not now. */
export function asText(answers: Answers, sums: Sums, until?: string): string {
  const seconds = (sums.toMs - sums.fromMs) / 1000
  const requests = sums.services.reduce((sum, each) => sum + each.requests, 0)
  const minutes = `${Math.round(seconds / 6) / 10} min`
  const stretch = until === undefined ? `over the last ${minutes}` : `in the ${minutes} before ${escapeControls(until)}`
  return [
    `${plural(sums.services.length, 'service')}, ${rate(requests / seconds)} requests/s ${stretch}`,
    ...sharedNames(sums).map(escapeControls),
    ...inWords(answers, sums).map(section)
  ].join('\n')
}

function section({ question, sentence, proof, shares, note }: WordedAnswer): string {
  const told = sentence?.map(part => (typeof part === 'string' ? part : 'cause' in part ? part.cause : part.strong))
  const shown = shares.slice(0, MAX_LINES).map(each => ({ ...each, name: escapeControls(each.name) }))
  const width = Math.max(0, ...shown.map(({ name }) => name.length))
  const table = shown.map(({ name, share, said }) => `${name.padEnd(width)} ${percent(share).padStart(6)}  ${said}`)
  const lines = [told?.join(''), proof, ...table.map(row => `  ${row}`), note]
  return ['', question, ...lines.flatMap(line => (line ? [`  ${escapeControls(line)}`] : []))].join('\n')
}

const seconds = (value: number): string => duration(value * 1000)

export function rate(perSecond: number): string {
  if (perSecond >= 100) return Math.round(perSecond).toLocaleString('en-US')
  return perSecond >= 1 ? perSecond.toFixed(1) : perSecond.toPrecision(2)
}
