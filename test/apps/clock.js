// Plays with the clocks while requests run: steps of the wall clock, fake timers as test libraries install them, and a debugger
// that stops the main thread at a breakpoint.

const { once } = require('node:events')
const { Worker } = require('node:worker_threads')
const { serve } = require('./lib')

const realNow = Date.now
const realPerformance = globalThis.performance
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const stepBy = ms => {
  Date.now = () => realNow() + ms
}
const put = value => Object.defineProperty(globalThis, 'performance', { value, configurable: true, writable: true })

const during = (begin, end) => async () => {
  await pause(30)
  begin()
  await pause(60)
  end?.()
  return 'done'
}

const held = []

/** Stands for a debugger: it lets the main thread go on 300 ms after it came to a breakpoint. */
const DEBUGGER = `
  const { Session } = require('node:inspector')
  const { parentPort } = require('node:worker_threads')
  const session = new Session()
  session.connectToMainThread()
  session.on('Debugger.paused', () => setTimeout(() => session.post('Debugger.resume'), 300))
  session.post('Debugger.enable', () => parentPort.postMessage('attached'))
  parentPort.on('message', () => {
    session.disconnect()
    parentPort.close()
  })`

/** By another thread: on the main thread Node takes a signal to itself for the end of the process, and runs its exit hooks. */
const STOPPER = `
  const { parentPort } = require('node:worker_threads')
  parentPort.on('message', () => {
    process.kill(process.pid, 'SIGSTOP')
    parentPort.postMessage('gone on')
  })`
const stopper = new Worker(STOPPER, { eval: true, execArgv: [] })
stopper.unref()

async function breakpoint() {
  const tool = new Worker(DEBUGGER, { eval: true })
  await once(tool, 'message')
  await pause(10)
  // biome-ignore lint/suspicious/noDebugger: it is what is tried
  debugger
  await pause(60)
  tool.postMessage('leave')
  await once(tool, 'exit')
  return 'done'
}

serve({
  '/breakpoint': breakpoint,
  '/forward': during(() => stepBy(3_600_000)),
  '/back': during(() => stepBy(-3_600_000)),
  '/fake': during(
    () => put({ now: () => 0, mark() {}, eventLoopUtilization: undefined }),
    () => put(realPerformance)
  ),
  '/stopped': () => pause(100).then(() => 'done'),
  '/stops-at-once': async () => {
    stopper.postMessage('stop')
    await once(stopper, 'message')
    return 'done'
  },
  '/held': () => new Promise(resolve => held.push(resolve)),
  '/go': () => {
    for (const resolve of held.splice(0)) resolve('done')
    return 'gone'
  }
})
