// Systems with known truth: services, what each of their requests does, and by arithmetic alone (no simulation) what a request
// at the entry demands of each resource. The largest demand is the bottleneck, and its inverse the most that the system takes.

import { type Random, randomOf } from './random.js'

export interface System {
  /** The first one is the entry. */
  services: Service[]
}

export interface Service {
  name: string
  /** A process with an event loop each; requests go to them in turn. */
  instances: number
  /** Cores of each instance's container; Infinity: no quota. */
  quotaCores: number
  /** Of each instance. */
  poolSize: number
  /** CPU of the turn in which a request arrives, and of each in which an answer does. */
  turnMs: number
  /** Of its requests, those that fail in their first turn. */
  failedShare: number
  /** To it and back, each; without it that of a network within one house. */
  wayMs?: number
  steps: Step[]
}

/** Means; the simulation draws exponential times. */
export type Step =
  | { kind: 'query'; ms: number; times: number }
  /** What fails is tried again. */
  | { kind: 'call'; to: number; tries: number }
  /** All at once. */
  | { kind: 'together'; steps: Step[] }
  /** What is in the cache saves the steps. */
  | { kind: 'cache'; ms: number; hitShare: number; steps: Step[] }
  | { kind: 'compute'; ms: number }

export type Resource = 'event loop' | 'CPU quota' | 'pool'

export interface Demand {
  service: string
  resource: Resource
  /** Of one unit, for each request at the entry. */
  seconds: number
}

/** By arithmetic: requests of each service for one at the entry, and what these take of its resources, the largest first. */
export function demandsOf({ services }: System): { visits: number; demands: Demand[] } {
  const visits = services.map(() => 0)
  const busy = services.map(() => ({ cpuMs: 0, poolMs: 0 }))
  // A service calls only later ones, so that its own visits are complete when its turn comes.
  visits[0] = 1
  for (const [i, { turnMs, failedShare, steps }] of services.entries()) {
    const own = busy[i]!
    own.cpuMs += visits[i]! * turnMs
    const walk = (inner: readonly Step[], times: number): void => {
      for (const step of inner) {
        if (step.kind === 'compute') own.cpuMs += times * step.ms
        if (step.kind === 'query') {
          own.cpuMs += times * step.times * turnMs
          own.poolMs += times * step.times * step.ms
        }
        if (step.kind === 'cache') {
          own.cpuMs += times * turnMs
          walk(step.steps, times * (1 - step.hitShare))
        }
        if (step.kind === 'together') walk(step.steps, times)
        if (step.kind === 'call') {
          const failed = services[step.to]!.failedShare
          const calls = times * ((1 - failed ** step.tries) / (1 - failed))
          own.cpuMs += calls * turnMs
          visits[step.to]! += calls
        }
      }
    }
    walk(steps, visits[i]! * (1 - failedShare))
  }
  const demands = services
    .flatMap(({ name, instances, quotaCores, poolSize }, i): Demand[] => {
      const { cpuMs, poolMs } = busy[i]!
      const unit = (ms: number, units: number): number => ms / 1000 / (units * instances)
      return [
        { service: name, resource: 'event loop', seconds: unit(cpuMs, 1) },
        { service: name, resource: 'CPU quota', seconds: unit(cpuMs, quotaCores) },
        { service: name, resource: 'pool', seconds: unit(poolMs, poolSize) }
      ]
    })
    .filter(({ seconds }) => seconds > 0)
    .sort((a, b) => b.seconds - a.seconds)
  return { visits: visits.reduce((sum, each) => sum + each, 0), demands }
}

/** Of one and the same seed always the same. */
export function randomSystem(seed: number): System {
  const random = randomOf(seed)
  const count = random.whole(3, 50)
  const services = Array.from({ length: count }, (_, i): Service => {
    // Services differ by factors, not by a few percent.
    const weight = Math.exp(random.between(-1.5, 1.5))
    return {
      name: i === 0 ? 'gateway' : `s${i}`,
      instances: random.whole(1, 3),
      quotaCores: random.share() < 0.25 ? random.between(0.3, 0.9) : Infinity,
      poolSize: random.whole(2, 10),
      turnMs: 0.5 * weight,
      failedShare: random.share() < 0.2 ? random.between(0.01, 0.1) : 0,
      steps: ownSteps(random, weight)
    }
  })
  // Each service is called by one before it, and now and then by another: chains, fans, and whatever lies between.
  const width = random.between(1, 6)
  const calls = services.map((): Step[] => [])
  for (let i = 1; i < count; i++) {
    const callers = new Set([random.whole(Math.max(0, Math.floor(i - 1 - width)), i - 1)])
    if (random.share() < 0.1) callers.add(random.whole(0, i - 1))
    for (const caller of callers) calls[caller]!.push(...callsTo(random, i))
  }
  for (const [i, { steps }] of services.entries()) {
    if (random.share() < 0.5) steps.push({ kind: 'together', steps: calls[i]! })
    else steps.push(...calls[i]!)
  }
  return { services }
}

function ownSteps(random: Random, weight: number): Step[] {
  const steps: Step[] = []
  if (random.share() < 0.5) steps.push({ kind: 'compute', ms: weight * random.exponential(3) })
  if (random.share() < 0.6) {
    const query: Step = { kind: 'query', ms: weight * random.between(1, 20), times: random.whole(1, 3) }
    steps.push(random.share() < 0.3 ? cached(random, query) : query)
  }
  return steps
}

function callsTo(random: Random, to: number): Step[] {
  const times = random.share() < 0.1 ? random.whole(2, 3) : 1
  const call: Step = { kind: 'call', to, tries: random.whole(1, 3) }
  return Array.from({ length: times }, () => (random.share() < 0.2 ? cached(random, call) : call))
}

const cached = (random: Random, step: Step): Step => {
  return { kind: 'cache', ms: random.between(0.2, 1), hitShare: random.between(0.2, 0.95), steps: [step] }
}
