// All that a program can see of its worker threads, printed. The numbers of threads are not: whoever starts one takes one.

const { writeSync } = require('node:fs')
const http = require('node:http')
const {
  BroadcastChannel,
  getEnvironmentData,
  isMainThread,
  MessageChannel,
  parentPort
} = require('node:worker_threads')
const {
  postMessageToThread,
  setEnvironmentData,
  SHARE_ENV,
  threadId,
  Worker,
  workerData
} = require('node:worker_threads')
const { once } = require('node:events')

/** At once: what a worker gives to the console is lost when it is terminated. */
const print = (...values) => writeSync(1, `${JSON.stringify(values)}\n`)
const EVENTS = ['message', 'workerMessage', 'error', 'uncaughtException', 'unhandledRejection', 'beforeExit', 'SIGTERM']
const listeners = emitter => EVENTS.map(event => emitter.listenerCount(event)).join()

if (!isMainThread) work()
else main()

async function main() {
  setEnvironmentData('shop', { open: true })
  print('Worker', Worker.name, Worker.length, Object.getOwnPropertyNames(Worker.prototype))
  print('main', listeners(process))
  const rooms = []
  const room = new BroadcastChannel('shop')
  room.onmessage = ({ data }) => rooms.push(data)
  room.unref()

  await run('plain', {})
  await run('data', { stdout: true, env: { ONLY: 'this' }, workerData: { print: 'out', env: ['ONLY', 'HOME'] } })
  await run('argv', { argv: ['a', 'b'], env: SHARE_ENV, workerData: { argv: true, setEnv: 'FROM_WORKER' } })
  print('shared env', process.env.FROM_WORKER)
  await run('exit', { workerData: { exit: 7 } })
  await run('throw', { workerData: { fail: 'thrown' } })
  await run('rejection', { workerData: { reject: 'rejected' } })
  await run('ports', { workerData: { port: true, toMain: threadId } })
  await run('server', { workerData: { serve: true, nest: true } })
  await run('terminated', { workerData: { hang: true } }, worker => worker.once('message', () => worker.terminate()))
  print('rooms', rooms)
  room.close()

  const unref = new Worker('setInterval(() => {}, 1000)', { eval: true })
  await once(unref, 'online')
  unref.unref()
  print(
    'main at the end',
    listeners(process),
    process.getActiveResourcesInfo().filter(name => name !== 'PipeWrap' && name !== 'Pipe')
  )
}

async function run(name, options, then = () => {}) {
  const seen = []
  const worker = new Worker(__filename, options)
  const ended = new Promise(resolve => worker.once('exit', resolve))
  const atFirst = listeners(worker)
  for (const event of ['online', 'error', 'message', 'messageerror'])
    worker.on(event, value => seen.push([event, value instanceof Error ? value.message : value]))
  const channel = new MessageChannel()
  if (options.workerData?.port) {
    channel.port1.on('message', value => seen.push(['port', value]))
    worker.postMessage({ port: channel.port2 }, [channel.port2])
  }
  let printed = ''
  if (options.stdout) worker.stdout.on('data', data => (printed += data))
  then(worker)
  const code = await ended
  channel.port1.close()
  // Two of them come in either order.
  print(
    name,
    seen.map(each => JSON.stringify(each)).sort(),
    code,
    printed,
    atFirst,
    listeners(worker),
    worker.threadId,
    worker.resourceLimits
  )
}

async function work() {
  const data = workerData ?? {}
  print('worker', listeners(process), listeners(parentPort), Object.keys(data), getEnvironmentData('shop'))
  print('worker has', process.getActiveResourcesInfo(), process.argv.slice(2), process.exitCode)
  const room = new BroadcastChannel('shop')
  room.postMessage(Object.keys(data))
  room.close()
  if (data.print) process.stdout.write(data.print)
  if (data.env)
    print(
      'env',
      data.env.map(name => process.env[name] ?? null)
    )
  if (data.setEnv) process.env[data.setEnv] = 'set'
  if (data.argv) print('argv', process.argv.slice(2))
  if (data.fail) throw new Error(data.fail)
  if (data.reject) Promise.reject(new Error(data.reject))
  if (data.port) {
    const { port } = await new Promise(resolve => parentPort.once('message', resolve))
    port.postMessage('through the port')
  }
  if (data.toMain !== undefined) await sayToThread(data.toMain)
  if (data.hang) setInterval(() => {}, 1000)
  if (data.nest)
    await once(new Worker('require("node:worker_threads").parentPort.postMessage(1)', { eval: true }), 'exit')
  if (data.serve) await serveOnce()
  if (data.exit) {
    process.on('exit', code => print('exit', code))
    process.exit(data.exit)
  }
  parentPort.postMessage({ done: Object.keys(data), left: process.getActiveResourcesInfo() })
}

/** Nobody listens over there. */
async function sayToThread(thread) {
  const alive = setInterval(() => {}, 1000)
  print(await postMessageToThread(thread, 'hello').catch(error => error.code))
  clearInterval(alive)
}

/** One request over the threshold; then it is at its end. */
async function serveOnce() {
  const server = http.createServer((_req, res) => setTimeout(() => res.end('late'), 600)).listen(0)
  await once(server, 'listening')
  const [answer] = await once(http.get({ port: server.address().port, agent: false }), 'response')
  for await (const chunk of answer) print('answer', String(chunk))
  server.close()
  await once(server, 'close')
  print('served', listeners(process), listeners(parentPort), process.getActiveResourcesInfo())
}
