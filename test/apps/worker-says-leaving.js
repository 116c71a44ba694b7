// A worker thread of a service that says whether the agent thread could know, when its 'exit' came, that it leaves.

const { Worker, isMainThread } = require('node:worker_threads')
const http = require('node:http')
const { request } = require(process.env.PERFAGENT)
const { isLeaving } = require(`${process.env.LIB}/worker/shared.js`)

async function serve() {
  const server = http.createServer((_req, res) => res.end()).listen(0)
  await new Promise(resolve => server.once('listening', resolve))
  new Worker(__filename).once('exit', () => server.close())
}

/** The memory that this thread shares with the agent thread, as the next heartbeat writes it. */
const sharedMemory = () =>
  new Promise(resolve => {
    const { store } = Atomics
    Atomics.store = (ints, ...rest) => {
      Atomics.store = store
      resolve({ ints })
      return store(ints, ...rest)
    }
  })

async function work() {
  const alive = setInterval(() => {}, 1000)
  const shared = await request('work', sharedMemory)
  clearInterval(alive)
  process.on('exit', () => console.log(isLeaving(shared)))
  console.log(isLeaving(shared))
}

if (isMainThread) serve()
else work()
