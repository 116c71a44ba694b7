// The three answers in words, for a terminal. Pure.

import type { Answers } from './answers.js'
import type { Sums } from './sums.js'

const MAX_LINES = 5

export function inWords({ latency, demands, waits, uses }: Answers, { services, fromMs, toMs }: Sums): string {
  const seconds = (toMs - fromMs) / 1000
  const requests = services.reduce((sum, each) => sum + each.requests, 0)
  return [
    `${services.length} services, ${number(requests / seconds)} requests/s over the last ${number(seconds / 60)} min`,
    ...section('Who adds the latency', latency.slice(0, MAX_LINES).map(sayLatency)),
    ...section(
      'Who limits the throughput',
      demands.length > 0 ? demands.slice(0, MAX_LINES).map(sayDemand) : waits.slice(0, MAX_LINES).map(sayWait)
    ),
    ...section('Who uses the resources', uses.slice(0, MAX_LINES).map(sayUse))
  ].join('\n')
}

const section = (title: string, lines: string[]): string[] => [
  '',
  title,
  ...(lines.length > 0 ? lines : ['nobody tells']).map(line => `  ${line}`)
]

function sayLatency({ service, share, cause, causeShare }: Answers['latency'][number]): string {
  const why = cause ? `, when slow mostly ${cause} (${percent(causeShare)})` : ''
  return `${service}: ${percent(share)} of the time${why}`
}

function sayDemand(demand: Answers['demands'][number], index: number): string {
  const { service, resource, utilizationShare, boundPerSecond, presentPerSecond } = demand
  const verb = utilizationShare > 0.9 ? 'has saturated' : 'saturates'
  const use = `${percent(utilizationShare)} used`
  return index === 0
    ? `${service} ${verb} its ${resource} at about ${number(boundPerSecond)} requests/s; it serves ${number(presentPerSecond)} (${use})`
    : `${service}: ${resource} at ${number(boundPerSecond)} requests/s, ${use}`
}

const sayWait = ({ service, resource, seconds }: Answers['waits'][number]): string =>
  `${service}: slow requests waited ${number(seconds)} s for ${resource}`

function sayUse({ resource, busySeconds, services }: Answers['uses'][number]): string {
  const most = services.slice(0, 3).map(({ service, share }) => `${service} ${percent(share)}`)
  return `${resource}: ${number(busySeconds)} s; ${most.join(', ')}`
}

const percent = (share: number): string => `${Math.round(share * 100)} %`
const number = (value: number): string =>
  value < 10 ? value.toFixed(1).replace(/\.0$/, '') : String(Math.round(value))
