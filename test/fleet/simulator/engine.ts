// A discrete-event simulation of services that call each other. `Watcher` hears what an agent in a process would see, at the moments
// at which the process gets to know; `truth` hears what happened. Databases, caches and the network take their time, and have no
// limit.

import { createClock } from './clock.js'
import { createProcess, type Process } from './process.js'
import { randomOf } from './random.js'
import type { Step, System } from './system.js'

export interface Operation {
  kind: 'db' | 'cache' | 'http' | 'pool'
  /** The service called, or the pool. */
  target: string
  start: number
  end: number
  failed: boolean
  /** Of a call in a sampled trace: the request that it became. */
  served?: Served
}

/** A request as the agent of its process has recorded it, in milliseconds. */
export interface Served {
  service: string
  instance: number
  caller: string | undefined
  /** Of a trace whose spans are sent. */
  sampled: boolean
  start: number
  end: number
  failed: boolean
  operations: Operation[]
}

/** What really happened: from the moment it arrived to that at which its answer left. */
export interface Event {
  service: string
  start: number
  end: number
  calls: Event[]
}

export interface Watcher {
  served(request: Served): void
  /** An instance's loop has run: how long by the clock, and how long on a CPU. */
  ran(service: string, instance: number, wallMs: number, cpuMs: number): void
  /** A connection of its pool was given back. */
  held(service: string, instance: number, ms: number): void
  /** A timer of its agent's ran so much later than it was due. */
  delayed(service: string, instance: number, ms: number): void
}

export interface Run {
  system: System
  seed: number
  /** Requests a second that come from outside, or how many clients send the next one as soon as they are answered. */
  load: { perSecond: number } | { clients: number }
  seconds: number
  watcher?: Watcher
  /** Hears of each request of the entry. */
  truth?: (entry: Event) => void
}

/** An agent's timer runs every 10 ms; here as often as gives a mean. */
const BEATS = 1000
/** The default is one in a thousand: that many traces come in five minutes from a system of some 100 to 500 requests a second. */
const SAMPLED_EACH = 20
/** Of a network within one house, each way. */
const NETWORK_MS = 0.2
/** Until then a system that begins empty is not as it will be. */
const WARM_SHARE = 0.2

interface Arrival {
  to: number
  caller: string | undefined
  sampled: boolean
  event: Event
}

/** Requests of the entry that were answered a second. */
export function simulate({ system: { services }, seed, load, seconds, watcher, truth }: Run): number {
  const random = randomOf(seed)
  const clock = createClock()
  const { now, at } = clock
  const endMs = seconds * 1000
  const processes = services.map(({ name, instances, ...limits }) =>
    Array.from({ length: instances }, (_, instance) =>
      createProcess(clock, name, instance, limits, (wallMs, cpuMs) => watcher?.ran(name, instance, wallMs, cpuMs))
    )
  )
  const turns = services.map(() => 0)
  let [answered, entered] = [0, 0]

  if ('clients' in load) for (let i = 0; i < load.clients; i++) client()
  else at(random.exponential(1000 / load.perSecond), () => arrival(load.perSecond))
  if (watcher) for (const process of processes.flat()) beat(process, watcher)
  clock.run(endMs)
  return answered / (seconds * (1 - WARM_SHARE))

  function client(): void {
    enter(client)
  }

  function arrival(perSecond: number): void {
    enter(() => {})
    at(now() + random.exponential(1000 / perSecond), () => arrival(perSecond))
  }

  function beat(process: Process, watcher: Watcher): void {
    const due = now() + random.between(0, (2 * endMs) / BEATS)
    const begin = (): void => watcher.delayed(process.service, process.instance, now() - due)
    at(due, () => process.turn(0, begin, () => beat(process, watcher)))
  }

  function enter(done: () => void): void {
    const event = eventOf(0)
    serve({ to: 0, caller: undefined, sampled: entered++ % SAMPLED_EACH === 0, event }, () => {
      if (now() > endMs * WARM_SHARE) answered++
      truth?.(event)
      done()
    })
  }

  function eventOf(to: number): Event {
    return { service: services[to]!.name, start: now(), end: Number.NaN, calls: [] }
  }

  /** `answer` is called when the answer has left. */
  function serve({ to, caller, sampled, event }: Arrival, answer: (served: Served) => void): void {
    const { name: service, turnMs, failedShare, steps } = services[to]!
    const process = processes[to]![turns[to]!++ % processes[to]!.length]!
    const { instance } = process
    const failed = random.share() < failedShare
    const served: Served = { service, instance, caller, sampled, start: NaN, end: NaN, failed, operations: [] }
    const begin = (): void => {
      served.start = now()
    }
    const finish = (): void => {
      served.end = now()
      event.end = now()
      watcher?.served(served)
      answer(served)
    }
    process.turn(random.exponential(turnMs), begin, () => series(failed ? [] : steps, finish))

    function series(steps: readonly Step[], done: () => void, i = 0): void {
      if (i === steps.length) done()
      else take(steps[i]!, () => series(steps, done, i + 1))
    }

    function take(step: Step, done: () => void): void {
      switch (step.kind) {
        case 'compute':
          process.turn(random.exponential(step.ms), () => {}, done)
          break
        case 'together':
          together(step.steps, done)
          break
        case 'cache':
          ask('cache', 'redis', random.exponential(step.ms), () =>
            random.share() < step.hitShare ? done() : series(step.steps, done)
          )
          break
        case 'query':
          transaction(step.ms, step.times, done)
          break
        case 'call':
          call(step.to, step.tries, done)
          break
      }
    }

    function together(steps: readonly Step[], done: () => void): void {
      let left = steps.length
      if (left === 0) done()
      for (const step of steps) take(step, () => --left === 0 && done())
    }

    function transaction(ms: number, times: number, done: () => void): void {
      const waited = began('pool', poolName(service))
      process.connect(release => {
        waited.end = now()
        const from = now()
        const query = (left: number): void => {
          if (left > 0) ask('db', poolName(service), random.exponential(ms), () => query(left - 1))
          else {
            release()
            watcher?.held(service, instance, now() - from)
            done()
          }
        }
        query(times)
      })
    }

    function call(other: number, tries: number, done: () => void): void {
      const operation = began('http', services[other]!.name)
      const inner = { to: other, caller: service, sampled, event: eventOf(other) }
      if (truth) event.calls.push(inner.event)
      const take = (answer: Served): void => {
        operation.failed = answer.failed
        if (sampled) operation.served = answer
        if (answer.failed && tries > 1) call(other, tries - 1, done)
        else done()
      }
      const { wayMs = NETWORK_MS } = services[other]!
      const answered = (answer: Served): void => at(now() + wayMs, () => turnFor(operation, () => take(answer)))
      at(now() + wayMs, () => {
        inner.event.start = now()
        serve(inner, answered)
      })
    }

    function ask(kind: Operation['kind'], target: string, ms: number, done: () => void): void {
      const operation = began(kind, target)
      at(now() + ms, () => turnFor(operation, done))
    }

    function began(kind: Operation['kind'], target: string): Operation {
      const operation: Operation = { kind, target, start: now(), end: Number.NaN, failed: false }
      if (watcher) served.operations.push(operation)
      return operation
    }

    /** The process knows of an answer when its loop comes to it. */
    function turnFor(operation: Operation, done: () => void): void {
      const begin = (): void => {
        operation.end = now()
      }
      process.turn(random.exponential(turnMs), begin, done)
    }
  }
}

export const poolName = (service: string): string => `db:5432/${service}`
