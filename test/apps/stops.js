// Stops a thread while the agent thread asks it something: HOW says which thread, and by what. What it is asked takes 150 ms here, so
// that the stop always falls into it.

const { Worker, isMainThread, workerData } = require('node:worker_threads')
const http = require('node:http')
const vm = require('node:vm')
const { request } = require(process.env.PERFAGENT)

const ANSWER_MS = 150
const agent = globalThis[Symbol.for('perfagent')]

/** Says in `asked[0]` that the question is being answered. */
function answerSlowly(asked) {
  const { probe } = agent.answers
  agent.answers.probe = () => {
    agent.answers.probe = probe
    Atomics.store(asked, 0, 1)
    Atomics.notify(asked, 0)
    const end = performance.now() + ANSWER_MS
    while (performance.now() < end);
    return probe()
  }
}

/** The agent thread is up, has joined this thread and begun to sample it: that blocks it too, and it is asked then. */
const untilSampled = () => new Promise(resolve => setTimeout(resolve, 1000))

/** Of a request that never ends. */
function runForEver() {
  for (;;) Math.random()
}

const newFlag = () => new Int32Array(new SharedArrayBuffer(4))

const byHow = {
  /** Ends when the worker has ended. */
  async terminate() {
    const { worker, asked } = startWorker()
    await Atomics.waitAsync(asked, 0, 0).value
    console.log(`exit code ${await worker.terminate()}`)
  },

  async exit() {
    const { asked } = startWorker()
    await Atomics.waitAsync(asked, 0, 0).value
    process.exit()
  },

  async vm() {
    await request('vm', async () => {
      await untilSampled()
      answerSlowly(newFlag())
      try {
        vm.runInThisContext('for (;;) Math.random()', { timeout: 100 })
      } catch (error) {
        console.log(error.code)
      }
    })
  }
}

function startWorker() {
  const asked = newFlag()
  return { asked, worker: new Worker(__filename, { workerData: asked }) }
}

if (isMainThread) {
  const server = http
    .createServer((_req, res) => res.end())
    .listen(0, async () => {
      // So that nothing else keeps the process.
      const alive = setInterval(() => {}, 1000)
      // The agent thread is up.
      await fetch(`http://127.0.0.1:${server.address().port}`)
      await agent.flush()
      await byHow[process.env.HOW]()
      clearInterval(alive)
      server.close()
      server.closeAllConnections()
    })
} else {
  request('for ever', async () => {
    await untilSampled()
    answerSlowly(workerData)
    runForEver()
  })
}
