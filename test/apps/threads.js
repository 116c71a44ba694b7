// A service whose server runs in a worker thread. The main thread only starts it, as START says: `inherits` (what the main thread
// was started with), `execArgv` (the main thread loads perfagent by its first line, and its worker by an option), `profiled` (inherits,
// and Node profiles it into the folder PROFILES), `nested` (by a worker in between). What its parent says is for the worker; `block` blocks the main thread until the worker is asked for /release, and
// `signal` has it signal itself what ends nobody.

const { writeSync } = require('node:fs')
const http = require('node:http')
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads')
const start = process.env.START ?? 'inherits'
const released = isMainThread ? new Int32Array(new SharedArrayBuffer(4)) : workerData

if (isMainThread) startWorker()
else if (start === 'nested' && workerData !== 'inner') {
  const inner = new Worker(__filename, { workerData: 'inner', name: 'inner' })
  parentPort.on('message', message => inner.postMessage(message))
  inner.on('exit', () => parentPort.close())
} else serveInWorker()

function startWorker() {
  if (start === 'execArgv') require(process.env.REGISTER)
  const execArgv = {
    execArgv: ['--require', process.env.REGISTER],
    profiled: [...process.execArgv, '--cpu-prof', `--cpu-prof-dir=${process.env.PROFILES}`]
  }[start]
  const options = execArgv ? { execArgv } : {}
  const worker = new Worker(__filename, { name: 'api', workerData: released, ...options })
  worker.on('message', () => worker.terminate())
  worker.on('error', error => console.log(`the worker failed: ${error.message}`))
  worker.on('exit', code => console.log(`the worker ended with ${code}`))
  const own = { block, signal }
  process.on('message', message => (own[message] ? own[message]() : worker.postMessage(message)))
  process.once('disconnect', () => worker.postMessage({ how: 'naturally' }))
  if (process.env.HOOKS) watchReports(require(process.env.PERFAGENT), 'main thread')
}

function block() {
  writeSync(1, 'the main thread is blocked\n')
  while (Atomics.load(released, 0) === 0);
}

function signal() {
  process.kill(process.pid, 'SIGCHLD')
  console.log('the process lives on')
}

function serveInWorker() {
  const { serve } = require('./lib')
  const { burnTheLoop } = require('./burn')
  const perfagent = process.env.PERFAGENT && require(process.env.PERFAGENT)
  const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
  const peer = http.createServer((_req, res) => setTimeout(() => res.end('late'), 200)).listen(0)

  const server = serve({
    '/slow': () => pause(150),
    '/peer': () => fetch(`http://127.0.0.1:${peer.address().port}/items/17`).then(answer => answer.text()),
    '/burn': () => burnTheLoop(400),
    '/innocent': () => pause(60),
    '/release': () => String(Atomics.store(released, 0, 1)),
    '/job': () => perfagent.request('nightly', () => pause(150)),
    '/stop': async () => {
      await perfagent.stop()
      return 'stopped'
    },
    '/operation': () => perfagent.operation('inner work', () => pause(150))
  })

  const end = {
    naturally() {
      server.close()
      peer.close(() => parentPort.close())
      peer.closeAllConnections()
    },
    'by process.exit(3)': () => process.exit(3),
    'by a throw': () => {
      throw new Error('nobody catches this')
    },
    'by terminate()': () => parentPort.postMessage('terminate')
  }
  // After an answer, at once: nothing waits for the agent.
  parentPort.on('message', ({ path, how }) => {
    if (path === undefined) return end[how]()
    const { port } = server.address()
    http.get({ port, path, agent: false }, answer => answer.resume().on('close', end[how]))
  })
  if (process.env.HOOKS) watchReports(perfagent, 'worker')
}

function watchReports({ onSlowRequest, beforeReport }, where) {
  onSlowRequest(({ request }) => console.log(`the ${where} is told of ${request.route}`))
  beforeReport(report => {
    report.annotations.seenBy = `${report.annotations.seenBy ?? ''} ${where}`
    return report
  })
}
