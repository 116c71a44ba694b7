// What the macro view works on: sums of a stretch of time, by service. Types only. Whoever has them may ask: the console fills
// them from what it received, a fleet's metrics engine from its queries. What is not known is absent, never 0.

import type { OneName } from './one-name.js'

export interface Sums {
  /** Epoch milliseconds; all sums are of this stretch. */
  fromMs: number
  toMs: number
  services: ServiceSums[]
  calls: CallSums[]
  /** Whose times were put to the clock of whoever made the sums. */
  clocksOff?: ClockOff[]
}

export interface ClockOff {
  service: string
  /** Of the instance that is off most; below 0 it is behind, or what it sends comes that late. */
  aheadSeconds: number
  /** How many are off, of how many. */
  instances: number
  ofInstances: number
}

export interface ServiceSums {
  service: string
  /** What shows that it is more than one program. */
  oneName?: OneName | undefined
  instances: number
  /** Inbound requests, how many of them failed, and the sum of their durations. */
  requests: number
  failed: number
  seconds: number
  /** The part of `seconds` in which it did not wait for another service of the system. */
  ownSeconds: number
  /** The part of `ownSeconds` that lay between it and services that it called, the longest first. */
  between?: Between[]
  /** What of its queue may be a far network. */
  mayBeFar?: MayBeFar
  /** Requests that came from outside the system. */
  entryRequests: number
  p50Ms: number | undefined
  p99Ms: number | undefined
  /** True when the sums hold slow requests alone: shares are of the slow ones then, and rates are not known. */
  slowOnly: boolean
  byCause: Record<string, number>
  /** How many requests were slow, and of how many `byCause` tells. */
  slow?: { requests: number; reports: number }
  resources: ResourceSums[]
  /** How long what arrives at any moment waits for its event loops; undefined: nobody tells. */
  loopWaitSeconds?: number | undefined
  /** What its slow requests waited for because others had it, by resource: the sign of saturation that needs no metrics. */
  waited: { resource: string; seconds: number; detail: string }[]
}

export interface Between {
  /** Who is at the other end; several where nothing tells for whom it waited so long. */
  to: string[]
  seconds: number
  /** Of a call, the mean: for how long the caller waited, and for how long the one that it called was at work. */
  waitedSeconds: number
  atWorkSeconds: number
}

/** Of the calls of a service, the fastest: how long they took, for how long the one that was called was at work, and what is left of all calls. */
export interface MayBeFar {
  from: string
  fastestSeconds: number
  atWorkSeconds: number
  seconds: number
}

export interface ResourceSums {
  /** `event loop`, `CPU quota`, `pool db:5432/shop`, `sockets orders:8080`. */
  resource: string
  /** Unit-seconds in which it was in use: two connections for a second are 2. */
  busySeconds: number
  /** How many units there are, over all instances. */
  capacity: number
  /** Of sockets: the calls that were made of their peer; undefined: nobody tells. */
  calls?: number | undefined
  /** Busy seconds of a unit of that instance which is used most; undefined: nobody tells instances apart. */
  fullestSeconds?: number | undefined
  /** Utilisation, of that instance and in that collection in which it was used most; of an engine in all of the stretch. */
  peakShare?: number | undefined
}

export interface CallSums {
  from: string
  to: string
  /** `service` for one of the system, else what it is: `postgresql`, `redis`, `http`, … */
  system: string
  requests: number
  failed: number
  seconds: number
  p50Ms: number | undefined
  p99Ms: number | undefined
  /** True when the sums hold only calls of sampled or slow requests: no rate is known. */
  sampled: boolean
}
