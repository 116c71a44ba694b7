// The agent's parts, each alone in a loop, as they are in dist/: nanoseconds a time, of many short stretches taken in turn, so
// that a stretch in which the machine did something else is one of many. Prints JSON: name → nanoseconds, by quarters of the run. How
// many stretches may be given.
const { AsyncLocalStorage } = require('node:async_hooks')
const path = require('node:path')
const { MessageChannel } = require('node:worker_threads')

const lib = name => require(path.join(__dirname, '../../dist/lib', name))
const { now } = lib('process/clock.js')
const { createStamp } = lib('hook/stamp.js')
const { requestDoor } = lib('hook/requests.js')
const { createPropagation } = lib('record/propagation.js')
const { heapLimitBytes, oldGenerationBytes, watchHeap } = lib('record/heap.js')
const { createRecorder } = lib('record/recorder.js')
const { createSampler } = lib('record/sampling.js')
const { toTimeline } = lib('record/timeline.js')
const { clearSlot, createShared, writeSlot } = lib('worker/shared.js')

const STRETCHES = Number(process.argv[2] ?? 400)
const STRETCH = 1000
const WARM_UP = 20_000
const QUARTERS = 4

const options = { slowMs: 60_000, slowRoutes: {}, maxReportsPerMinute: 10, maxOperations: 1000 }
const sampling = { tracesSampler: 'slow', tracesSamplerArg: 1, sampleShare: 0.001 }
const propagation = createPropagation(['tracecontext', 'baggage'], () => 'bench')
const shared = createShared()
const recorder = createRecorder(
  options,
  shared,
  { propagation, sampler: createSampler(sampling) },
  { slow() {}, work() {} },
  watchHeap(() => heapLimitBytes([]), oldGenerationBytes)
)
const door = requestDoor('bench', headers => ({ method: 'GET', path: '/hello', headers }))
door.open(recorder)

const plain = ['host', 'localhost', 'accept', '*/*', 'user-agent', 'bench']
const traced = [...plain, 'traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01']
const facts = { kind: 'db', system: 'postgresql', text: 'SELECT 1', target: 'localhost:5432/bench' }
const stamp = createStamp()
const context = new AsyncLocalStorage()
const nothing = () => {}
const begin = headers => recorder.beginRequest({}, { method: 'GET', path: '/hello', headers })
const running = begin(plain)
let operation = recorder.beginOperation(running, facts)
const { port1, port2 } = new MessageChannel()
port2.on('message', nothing)

const withOperations = begin(plain)
for (let i = 0; i < 5; i++) recorder.endOperation(recorder.beginOperation(withOperations, facts), undefined, undefined)
let key
const seen = { number: 0 }

const parts = {
  'context: enter and leave (Node)': () => context.run(running, nothing),
  'context: ask for the request (Node)': () => {
    seen.number += recorder.context.getStore() === undefined ? 0 : 1
  },
  'timing: three readings of the clock': () => {
    seen.number += now() + now() + now()
  },
  'request: begin, first turn, end; slot and threshold': () => {
    const request = begin(plain)
    recorder.endFirstTurn(request)
    recorder.endRequest(request, 200, false)
  },
  'request: its slot in shared memory': () => {
    writeSlot(shared, 7, 1, 2)
    clearSlot(shared, 7)
  },
  "request: found by the library's object": () => {
    key = {}
    stamp.put(key, running)
    stamp.of(key)
  },
  'request: all, through the door': () => {
    key = [...plain]
    door.run(key, nothing, undefined, [])
    door.end(key, 200, false)
  },
  'headers: looked through, no trace': () => propagation.extract(plain),
  'headers: looked through, traceparent': () => propagation.extract(traced),
  'ids: a new trace': () => begin(plain).ids,
  'operation: begin and end': () => {
    operation = recorder.beginOperation(running, facts)
    recorder.endOperation(operation, undefined, undefined)
  },
  'operation: headers for the peer': () => recorder.propagation(operation),
  'hand-over: a timeline with 5 operations, posted': () => port1.postMessage(toTimeline(withOperations, 1, [], 0))
}

const times = Object.fromEntries(Object.keys(parts).map(name => [name, []]))
const time = (name, count) => {
  const part = parts[name]
  const began = process.hrtime.bigint()
  for (let i = 0; i < count; i++) part()
  return Number(process.hrtime.bigint() - began) / count
}
const median = numbers => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

async function main() {
  for (const name of Object.keys(parts)) time(name, WARM_UP)
  for (let i = 0; i < STRETCHES; i++) {
    for (const name of Object.keys(parts)) times[name].push(time(name, name.startsWith('hand-over') ? 20 : STRETCH))
    // Messages are received, and what was made is let go.
    await new Promise(setImmediate)
  }
  const quarter = STRETCHES / QUARTERS
  const byQuarter = list =>
    Array.from({ length: QUARTERS }, (_, i) => median(list.slice(i * quarter, (i + 1) * quarter)))
  console.log(JSON.stringify(Object.fromEntries(Object.entries(times).map(([name, list]) => [name, byQuarter(list)]))))
  process.exit()
}

main()
