// Builders of timelines and evidence for the tests of verdicts. Times are milliseconds from the request's start, so that a
// case reads like the incident: `query('SELECT …', 10, 650)` began at 10 and was answered at 650.

import type {
  Ahead,
  AheadCall,
  Block,
  CpuEvidence,
  Evidence,
  Frame,
  Interval,
  KernelEvidence,
  Operation,
  Report,
  RequestRef,
  Timeline
} from '../../lib/types.js'
import { toReport } from '../../lib/verdict/report.js'

/** Like the monotonic clock of a machine that runs for a while, with fractions. */
export const ORIGIN = 123_456.789
export const ROOT = '/srv/shop'
export const OWN_ID = 7

export type Case = Partial<Omit<Timeline, 'start' | 'end' | 'ownTurns' | 'turns'>> & {
  durationMs: number
  ownTurns?: [start: number, end: number][]
  /** Triples of start, end and id. */
  turns?: { from: number; to: number; stretches: number[]; requests: RequestRef[] } | undefined
}

export function timeline({
  durationMs,
  ownTurns = [],
  turns,
  silences,
  operations = [],
  upload,
  download,
  ...rest
}: Case): Timeline {
  return {
    id: OWN_ID,
    status: 'finished',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: null,
    traceState: '',
    sampled: true,
    caller: undefined,
    at: Date.UTC(2026, 10, 22),
    start: ORIGIN,
    end: ORIGIN + durationMs,
    thresholdMs: 500,
    method: 'GET',
    path: '/orders/17?page=2',
    route: '/orders/:id',
    statusCode: 200,
    operations: operations.map(moved),
    ownTurns: ownTurns.map(([start, end]) => ({ start: start + ORIGIN, end: end + ORIGIN })),
    turns: turns && {
      from: turns.from + ORIGIN,
      to: turns.to + ORIGIN,
      stretchesUs: turns.stretches.map((value, i) => (i % 3 === 2 ? value : Math.round(value * 1000))),
      requests: turns.requests
    },
    ...(silences && { silences: silences.map(moveInterval) }),
    upload: upload && { ...upload, waits: upload.waits.map(moveInterval) },
    download: download && { ...download, waits: download.waits.map(moveInterval) },
    concurrency: 2,
    annotations: {},
    dropped: { operations: 0, reports: 0 },
    ...rest
  }
}

function moved(operation: Operation): Operation {
  const marks = Object.entries(operation.marks ?? {}).map(([name, moment]) => [name, moment + ORIGIN])
  return {
    ...operation,
    start: operation.start + ORIGIN,
    end: operation.end + ORIGIN,
    unread: operation.unread?.map(moveInterval),
    unsent: operation.unsent && moveInterval(operation.unsent),
    marks: operation.marks && (Object.fromEntries(marks) as Record<string, number>),
    ...(operation.ahead && { ahead: movedAhead(operation.ahead) })
  }
}

const movedAhead = ({ until, since, call, together, elsewhere }: Ahead): Ahead => {
  const movedCall = (call: AheadCall): AheadCall => ({ ...call, start: call.start + ORIGIN, end: call.end + ORIGIN })
  return {
    until: until + ORIGIN,
    ...(since !== undefined && { since: since + ORIGIN }),
    ...(call && { call: movedCall(call) }),
    ...(together && { together: movedCall(together) }),
    ...(elsewhere && { elsewhere: movedCall(elsewhere) })
  }
}

export const operation = (facts: Partial<Operation> & Pick<Operation, 'kind' | 'start' | 'end'>): Operation => ({
  system: 'postgresql',
  text: undefined,
  target: undefined,
  error: undefined,
  marks: undefined,
  count: 1,
  busyMs: 0,
  pool: undefined,
  blocking: false,
  spanId: undefined,
  statusCode: undefined,
  ...facts
})

export const OPEN = Number.NaN

export const query = (text: string, start: number, end: number, more: Partial<Operation> = {}): Operation =>
  operation({ kind: 'db', text, target: 'db:5432/shop', start, end, ...more })

export const command = (text: string, start: number, end: number, more: Partial<Operation> = {}): Operation =>
  operation({ kind: 'cache', system: 'redis', text, target: 'cache:6379', start, end, ...more })

/** What a command waited for on its connection: one of another request. */
export const behind = (
  text: string,
  start: number,
  end: number,
  more: Partial<AheadCall> = {}
): Required<Pick<Ahead, 'until' | 'call'>> => ({
  until: end,
  call: {
    kind: 'cache',
    system: 'redis',
    text,
    target: 'cache:6379',
    blocking: false,
    request: other('GET /report'),
    start,
    end,
    ...more
  }
})

export const call = (text: string, start: number, end: number, more: Partial<Operation> = {}): Operation =>
  operation({ kind: 'http', system: 'http', text, target: 'stock:8080', start, end, statusCode: 200, ...more })

export const dns = (text: string, start: number, end: number, more: Partial<Operation> = {}): Operation =>
  operation({ kind: 'dns', system: 'dns', text, start, end, ...more })

export const poolWait = (start: number, end: number, pool?: Operation['pool']): Operation =>
  operation({ kind: 'pool', start, end, pool })

export const named = (name: string, start: number, end: number): Operation =>
  operation({ kind: 'custom', system: 'custom', text: name, start, end })

export const other = (name: string, id = 99): RequestRef => {
  const [method = '', route = ''] = name.split(' ')
  return { id, method, route, traceId: `${id}`.padStart(32, '0') }
}

export const own: RequestRef = other('GET /orders/:id', OWN_ID)

/** `render src/report.js:41:9`; without a place it is native. */
export function frame(text: string): Frame {
  const [name = '', place = ''] = text.split(' ')
  const [, file = '', line = '0', column = '0'] = /^(.*?)(?::(\d+))?(?::(\d+))?$/.exec(place) ?? []
  return {
    function: name,
    file: /^$|^node:|^wasm:|^<anonymous>$/.test(file) ? file : `${ROOT}/${file}`,
    line: Number(line),
    column: Number(column)
  }
}

export const stack = (...frames: string[]): Frame[] => frames.map(frame)

/** Who ran, from the first stretch to the last: `[start, end, request's id]`. */
export const turns = (requests: RequestRef[], ...stretches: (readonly [start: number, end: number, id: number])[]) => ({
  from: stretches[0]?.[0] ?? 0,
  to: stretches.at(-1)?.[1] ?? 0,
  stretches: stretches.toReversed().flat(),
  requests
})

export const probe = (
  at: number,
  request: RequestRef | null,
  frames: Frame[] = [],
  lateMs = 1
): Block['probes'][number] => ({
  at,
  lateMs,
  request,
  frames
})

export const pause = (start: number, end: number): Interval => ({ start, end })

export const block = (start: number, end: number, ...probes: Block['probes']): Block => ({ start, end, probes })

/** Samples each 10 ms from start to end. */
export function samples(...stretches: (readonly [start: number, end: number, stack: Frame[]])[]): CpuEvidence {
  const intervalMs = 10
  return {
    intervalMs,
    coverageShare: 1,
    stacks: stretches.map(([, , frames]) => frames),
    samples: stretches.flatMap(([start, end], i) =>
      Array.from({ length: Math.ceil((end - start) / intervalMs) }, (_, k) => ({
        at: start + k * intervalMs,
        ms: Math.min(intervalMs, end - start - k * intervalMs),
        stack: i
      }))
    )
  }
}

/** The profile covers the request, and where there is no sample the main thread was idle. */
export function evidence(seen: Partial<Evidence> = {}): Evidence {
  const {
    blocks = [],
    cpu = samples(),
    loop = { delayMaxMs: 5, utilizationShare: 0.1 },
    agent = [],
    pauses = [],
    kernel,
    fullPool = [],
    missing = []
  } = seen
  return {
    cpu: cpu && { ...cpu, samples: cpu.samples.map(sample => ({ ...sample, at: sample.at + ORIGIN })) },
    blocks: blocks.map(({ start, end, probes }) => ({
      start: start + ORIGIN,
      end: end + ORIGIN,
      probes: probes.map(probe => ({ ...probe, at: probe.at + ORIGIN }))
    })),
    loop,
    agent: agent.map(moveInterval),
    pauses: pauses.map(moveInterval),
    fullPool: fullPool.map(moveInterval),
    kernel: kernel && { ...kernel, looks: kernel.looks.map(moveInterval) },
    missing
  }
}

const moveInterval = <T extends Interval>(interval: T): T => ({
  ...interval,
  start: interval.start + ORIGIN,
  end: interval.end + ORIGIN
})

type Stretches = [start: number, end: number][]

/**
 * A look each 10 ms from 0 on. `waits`: ready to run, but on no CPU; of `ready`, the thread was on a CPU else; it slept elsewhere.
 * `still`: nothing of the process ran, so nobody looked either.
 */
export function kernel(
  durationMs: number,
  {
    ready,
    waits,
    throttled,
    still = []
  }: { ready?: Stretches; waits?: Stretches; throttled?: Stretches; still?: Stretches },
  quotaCores?: number
): KernelEvidence {
  const inside = (stretches: Stretches = [], start: number, end: number): number =>
    stretches.reduce((ms, [from, to]) => ms + Math.max(0, Math.min(to, end) - Math.max(from, start)), 0)
  const isStill = (moment: number): boolean => still.some(([from, to]) => moment > from && moment < to)
  const moments = Array.from({ length: Math.ceil(durationMs / 10) + 1 }, (_, i) => i * 10).filter(at => !isStill(at))
  const looks = moments.slice(1).map((end, i) => {
    const start = moments[i]!
    const waitMs = inside(waits, start, end)
    const cpuMs = Math.max(0, inside(ready, start, end) - waitMs)
    const throttledMs = inside(throttled, start, end)
    const throttledPeriods = (throttled ?? []).filter(([, to]) => to > start && to <= end).length
    return { start, end, cpuMs, waitMs, throttledMs, throttledPeriods, stillMs: inside(still, start, end) }
  })
  return { looks, coverageShare: 1, quotaCores, counters: {} }
}

/** Neither profile nor probes. */
export const noEvidence = (...missing: string[]): Evidence => ({
  cpu: undefined,
  blocks: [],
  loop: undefined,
  pauses: [],
  missing
})

export const CONFIG = { sqlText: 'masked' as const, redact: [] }

export const explain = (given: Case, seen: Evidence = evidence()): Report =>
  toReport({
    id: 'report-1',
    timeline: timeline(given),
    evidence: seen,
    service: { name: 'shop', version: '1.4.2', instance: 'a', host: 'h', pid: 71 },
    root: ROOT,
    config: CONFIG
  })

/** `{ 'db.pool_wait': 590, … }`. */
export const millisecondsOf = ({ breakdown }: Report): Record<string, number> =>
  Object.fromEntries(breakdown.map(({ cause, ms }) => [cause, ms]))
