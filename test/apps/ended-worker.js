// A service that serves from a worker thread, too, and ends it on demand. /worker tells its port, `/exit` and `/terminate` answer when it has ended.

const http = require('node:http')
const { once } = require('node:events')
const { isMainThread, parentPort, Worker } = require('node:worker_threads')
const { serve } = require('./lib')

const pause = ms => new Promise(resolve => setTimeout(resolve, ms, 'done'))

if (isMainThread) {
  const worker = new Worker(__filename)
  const port = once(worker, 'message')
  const ended = once(worker, 'exit')
  const answerWhenEnded = () => ended.then(() => 'ended')
  serve({
    '/worker': async () => String(await port),
    '/exit': () => {
      worker.postMessage('exit')
      return answerWhenEnded()
    },
    '/end': (_, res) => {
      res.once('close', () => process.exit())
      return 'ends'
    },
    '/terminate': () => {
      worker.terminate()
      return answerWhenEnded()
    },
    ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`/late${i}`, () => pause(150)]))
  })
} else {
  const server = http.createServer((_, res) => pause(150).then(body => res.end(body)))
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
  parentPort.once('message', () => process.exit())
}
