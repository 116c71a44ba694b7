// A worker sends messages faster than the main thread can handle them.

const WORKER = `
  const { parentPort } = require('node:worker_threads')
  parentPort.once('message', () => {
    for (let i = 0; i < 400; i++) parentPort.postMessage({ i })
  })`

exports.app = ({ timed }) => {
  const { Worker } = require('node:worker_threads')
  const worker = new Worker(WORKER, { eval: true })
  worker.on('message', onMessage)
  function onMessage() {
    timed(() => count(2))
  }
  function count(ms) {
    let sum = 0
    for (const until = performance.now() + ms; performance.now() < until; ) sum += Math.sqrt(sum + 1)
    return sum
  }
  return {
    routes: {
      '/item': () => new Promise(resolve => setTimeout(resolve, 60, 'item')),
      '/flood': () => {
        // Told by a timer, so that the messages are no request's.
        start()
        return 'told'
      }
    },
    close: () => worker.terminate()
  }
  function start() {
    worker.postMessage('go')
  }
}
exports.load = async ({ get, pause }) => {
  const innocent = get('/item')
  await pause(15)
  await Promise.all([get('/flood'), innocent])
}
exports.expect = {
  route: '/item',
  causes: ['loop.blocked'],
  culprit: /count|onMessage|outside any request/
}

exports.variants = { http: {}, express: { framework: 'express' } }
