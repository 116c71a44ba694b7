// The rows of the table of metrics about what a process runs on: event loop, garbage collector, heap, and the process itself. Data
// only.

import { type MetricRow, row } from './row.js'

/** The conventions' advice. */
const GC_BOUNDS = [0.01, 0.1, 1, 10]

/** Of the main event loop, since the last collection. */
const loopGauge = <const Name extends string, const Unit extends string, const Status extends MetricRow['status']>(
  name: Name,
  unit: Unit,
  status: Status,
  meaning: string
) => row({ name, unit, kind: 'gauge', attributes: [], meaning, where: 'seen', status, maxSeries: 1 })

const delay = <const Part extends string>(part: Part, which: string) =>
  loopGauge(
    `nodejs.eventloop.delay.${part}`,
    's',
    'development',
    `${which} delay of a timer of 10 ms on the main thread, while requests were in flight, since the last collection.`
  )

const heap = <const Part extends string>(part: Part, meaning: string) =>
  row({
    name: `v8js.memory.heap.${part}`,
    unit: 'By',
    kind: 'updown',
    attributes: ['v8js.heap.space.name'],
    meaning,
    where: 'asked',
    status: 'development',
    maxSeries: 20
  })

export const RUNTIME_METRICS = {
  loopTime: row({
    name: 'nodejs.eventloop.time',
    unit: 's',
    kind: 'counter',
    attributes: ['nodejs.eventloop.state'],
    meaning: 'Time of the main event loop, `active` and `idle`.',
    where: 'asked',
    status: 'development',
    maxSeries: 2
  }),
  loopUtilization: loopGauge(
    'nodejs.eventloop.utilization',
    '1',
    'development',
    'Active share of the main event loop since the last collection.'
  ),
  loopDelayMin: delay('min', 'Least'),
  loopDelayMax: delay('max', 'Longest'),
  loopDelayMean: delay('mean', 'Mean'),
  loopDelayStddev: delay('stddev', 'Standard deviation of the'),
  loopDelayP50: delay('p50', 'Median'),
  loopDelayP90: delay('p90', '90th percentile of the'),
  loopDelayP99: delay('p99', '99th percentile of the'),
  loopWait: loopGauge(
    'perfagent.eventloop.wait',
    's',
    'own',
    'How long what arrives at any moment waits for the main event loop, the mean while requests were in flight, since the last collection. Of the same beats as `nodejs.eventloop.delay.mean`, in which one long block counts as one of many.'
  ),
  gcDuration: row({
    name: 'v8js.gc.duration',
    unit: 's',
    kind: 'histogram',
    attributes: ['v8js.gc.type'],
    meaning: 'Pauses of the garbage collector on the main thread.',
    where: 'recorded',
    status: 'development',
    maxSeries: 4,
    bounds: GC_BOUNDS
  }),
  heapLimit: heap('limit', 'Size of the heap space that V8 has reserved.'),
  heapUsed: heap('used', 'Used bytes of the heap space.'),
  heapAvailable: heap('space.available_size', 'Free bytes of the heap space.'),
  heapPhysical: heap('space.physical_size', 'Committed bytes of the heap space.'),

  cpuTime: row({
    name: 'process.cpu.time',
    unit: 's',
    kind: 'counter',
    attributes: ['cpu.mode'],
    meaning: 'CPU time of the whole process, all threads.',
    where: 'seen',
    status: 'development',
    maxSeries: 2
  }),
  memoryUsage: row({
    name: 'process.memory.usage',
    unit: 'By',
    kind: 'updown',
    attributes: [],
    meaning: 'Resident memory of the process.',
    where: 'seen',
    status: 'development',
    maxSeries: 1
  }),
  uptime: row({
    name: 'process.uptime',
    unit: 's',
    kind: 'gauge',
    attributes: [],
    meaning: 'Since the process started.',
    where: 'seen',
    status: 'development',
    maxSeries: 1
  }),
  contextSwitches: row({
    name: 'process.context_switches',
    unit: '{context_switch}',
    kind: 'counter',
    attributes: ['process.context_switch.type'],
    meaning: 'Context switches of the process: `involuntary` ones say that others wanted its core.',
    where: 'seen',
    status: 'development',
    maxSeries: 2
  }),
  pagingFaults: row({
    name: 'process.paging.faults',
    unit: '{fault}',
    kind: 'counter',
    attributes: ['system.paging.fault.type'],
    meaning: 'Page faults of the process.',
    where: 'seen',
    status: 'development',
    maxSeries: 2
  })
} as const satisfies Record<string, MetricRow>
