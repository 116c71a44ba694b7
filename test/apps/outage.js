// An export on a thread with the limits of the agent's, whose destinations nobody listens on: `outage.js REPORTS PROTOCOL` pushes so
// many slow reports and prints by how many bytes the process grew, and what the queues counted. Squeezed they are a seventh, as real
// ones are. As the control it takes the address of a backend that answers, and then pushes no faster than that takes them: `outage.js REPORTS PROTOCOL ENDPOINT`.

const { randomBytes, randomUUID } = require('node:crypto')
const path = require('node:path')
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads')
const dist = path.join(__dirname, '../../dist')

if (isMainThread) {
  const [reports, protocol, endpoint] = process.argv.slice(2)
  const { LIMITS } = require(path.join(dist, 'lib/worker/thread.js'))
  const worker = new Worker(__filename, {
    workerData: { reports: Number(reports), protocol, endpoint },
    resourceLimits: LIMITS
  })
  worker.on('message', message => {
    console.log(JSON.stringify(message))
    process.exit()
  })
} else {
  const { createExport } = require(path.join(dist, 'lib/export/index.js'))
  const { readConfig } = require(path.join(dist, 'lib/options/config.js'))
  const { sampleReport } = require(path.join(dist, 'test/sample-report.js'))
  const { reports, protocol, endpoint } = workerData
  const { config } = readConfig({
    env: {},
    // Port 9 is discard: nobody listens.
    code: { otlpEndpoint: endpoint ?? 'http://127.0.0.1:9', otlpProtocol: protocol }
  })
  const lines = []
  const hex = bytes => randomBytes(bytes).toString('hex')
  const reportOf = nth =>
    sampleReport({
      id: randomUUID(),
      traceId: hex(16),
      spanId: hex(8),
      durationMs: 500 + ((nth * 7919) % 3000),
      annotations: { order: hex(100) }
    })
  const outlet = createExport({
    config,
    service: sampleReport().service,
    colors: false,
    log: (_level, text) => lines.push(text)
  })
  outlet.push(sampleReport({ id: 'first' }))
  let pushed = 1
  let before = 0
  const mostWaiting = () => Math.max(...Object.values(outlet.counts()).map(({ waiting }) => waiting))
  const push = () => {
    if (before === 0) before = process.memoryUsage.rss()
    if (endpoint && mostWaiting() > 500) return setTimeout(push, 1)
    for (let i = 0; i < 50 && pushed < reports; i++) {
      outlet.push(reportOf(pushed))
      pushed++
    }
    if (pushed < reports) setImmediate(push)
    else tell(process.memoryUsage.rss() - before, performance.now() + 10_000)
  }
  // What is under way is in no count until its delivery has ended.
  const isCounted = ({ delivered, refused, dropped, waiting }) => delivered + refused + dropped + waiting === reports
  const tell = (grown, deadline) => {
    const counts = outlet.counts()
    if (Object.values(counts).every(isCounted) || performance.now() > deadline) {
      parentPort.postMessage({ grown, lines, counts })
    } else setTimeout(tell, 1, grown, deadline)
  }
  // The transports are loaded with the first delivery: that is no part of the outage.
  setTimeout(push, 1500)
}
