// A service that terminates worker threads, and says for each whether the agent thread was told of it before the worker was stopped.

const http = require('node:http')
const { Worker } = require('node:worker_threads')

/** All that is stored with Atomics, and what the worker hears of it. */
function orderOf(worker, terminate) {
  const order = []
  const { store } = Atomics
  Atomics.store = (ints, at, value) => {
    if (value === worker.threadId) order.push('told')
    return store(ints, at, value)
  }
  const [handle] = Object.getOwnPropertySymbols(worker).filter(symbol => worker[symbol]?.stopThread)
  const { stopThread } = worker[handle]
  worker[handle].stopThread = function () {
    order.push('stopped')
    stopThread.call(this)
  }
  terminate(worker)
  Atomics.store = store
  return order.join(', then ')
}

const WAYS = [worker => worker.terminate(), worker => Worker.prototype.terminate.call(worker)]

const server = http
  .createServer((_req, res) => res.end())
  .listen(0, async () => {
    // The agent thread is started.
    await fetch(`http://127.0.0.1:${server.address().port}`)
    for (const terminate of WAYS) {
      const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
      await new Promise(resolve => worker.once('online', resolve))
      console.log(orderOf(worker, terminate))
    }
    server.close()
    server.closeAllConnections()
  })
