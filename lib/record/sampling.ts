// Whose spans leave, and what the trace's "sampled" flag says. Main thread.
//
// A standard sampler (OTEL_TRACES_SAMPLER) is obeyed to the letter: spans leave of traces whose flag is set, and of no others;
// what a slow request is explained by leaves as a log record all the same. Our own, `slow`, decides when a request has ended:
// slow ones, failed ones, and a share of the rest, chosen by trace id so that all services keep the same traces. Until then
// everything is recorded, which is what the flag of W3C's specification says ("may have recorded"); so `slow` sets it on a new
// trace, and with that keeps the traces of services that sample by their parent, and hands on what a caller has decided.

import type { Config } from '../options/config.js'

export type SamplerName = Config['tracesSampler']

export interface SamplerOptions {
  tracesSampler: SamplerName
  /** Share of traces, of samplers with `ratio` in their name. */
  tracesSamplerArg: number
  /** Of `slow`: share of the requests that were neither slow nor failed. */
  sampleShare: number
}

export interface Sampler {
  /** The flag. `parent` is that of a caller; undefined: there is none, or it leaves the decision to us. */
  sampled(parent: boolean | undefined, traceId: string): boolean
  /** Whether that looks at the id at all. */
  byTraceId: boolean
  /** Whether spans leave of a request that was not slow. */
  keeps(request: Ended): boolean
}

/** A request that has ended. */
export interface Ended {
  failed: boolean
  readonly sampled: boolean
  /** Undefined where no other service knows of the trace: then chance is as good as an id made by chance. */
  readonly knownTraceId: string | undefined
}

/** `sampleShare` is read each time: it may change. */
export function createSampler(options: SamplerOptions): Sampler {
  const { tracesSampler, tracesSamplerArg } = options
  if (tracesSampler === 'slow') {
    return {
      sampled: parent => parent ?? true,
      byTraceId: false,
      keeps(request) {
        if (request.failed) return true
        const { sampleShare } = options
        return sampleShare > 0 && isChosen(request.knownTraceId, sampleShare)
      }
    }
  }
  const byParent = tracesSampler.startsWith('parentbased_')
  const root = tracesSampler.replace('parentbased_', '')
  const share = { always_on: 1, always_off: 0 }[root] ?? tracesSamplerArg
  return {
    sampled: (parent, traceId) => (byParent ? parent : undefined) ?? isInShare(traceId, share),
    byTraceId: share > 0 && share < 1,
    keeps: request => request.sampled
  }
}

const isChosen = (traceId: string | undefined, share: number): boolean =>
  traceId === undefined ? Math.random() < share : isInShare(traceId, share)

const RANDOM_FROM = 18
const DIGITS = 13
const RANGE = 16 ** DIGITS

/** By the last 56 bits of the id, as consistent probability sampling does (52 of them: what a double holds). */
const isInShare = (traceId: string, share: number): boolean =>
  share >= 1 || (share > 0 && randomPartOf(traceId) / RANGE >= 1 - share)

/** By hand: a slice and parseInt are two calls into C++, for each request whose trace is known to others. */
function randomPartOf(traceId: string): number {
  let value = 0
  for (let i = RANDOM_FROM; i < RANDOM_FROM + DIGITS; i++) value = value * 16 + digitAt(traceId, i)
  return value
}

const NINE = 57

function digitAt(hex: string, at: number): number {
  const code = hex.charCodeAt(at)
  return (code & 15) + (code > NINE ? 9 : 0)
}
