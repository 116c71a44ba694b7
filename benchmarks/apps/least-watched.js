// The least that times what perfagent times (least.js), and beside it what Node and V8 must run for whoever wants to say why a request was
// slow: a worker thread that is there when the main thread is blocked, connected to it, a CPU profile with as many samples as the agent's,
// and an observer of collections. Nobody reads what they tell.

require('./least.js')
const { PerformanceObserver } = require('node:perf_hooks')
const { Worker, isMainThread } = require('node:worker_threads')

if (isMainThread) {
  new PerformanceObserver(() => {}).observe({ entryTypes: ['gc'] })
  new Worker(
    `
    const { Session } = require('node:inspector')
    const session = new Session()
    session.connectToMainThread()
    session.post('Profiler.enable')
    session.post('Profiler.setSamplingInterval', { interval: 10_000 })
    session.post('Profiler.start')
    setInterval(() => {}, 60_000)
    `,
    { eval: true, execArgv: [], stdout: false }
  ).unref()
}
