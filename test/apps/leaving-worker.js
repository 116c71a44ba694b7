// A worker thread that the agent's side of this program inspects, and what is sent to it after it has closed its port, also while the
// inspector was connecting to it, has come to its 'exit', is being terminated, or the agent's side is to be quiet (BY). Both sides are
// workers, as a session connects to a main thread alone; the main thread only starts them.

const { once } = require('node:events')
const { MessageChannel, Worker, isMainThread, workerData } = require('node:worker_threads')
const { Session } = require('node:inspector')

const { LIB, BY } = process.env

/** The agent's side, told of the worker's number: all but the serving is the agent's own. */
async function inspect({ id, mayAnswer }) {
  const { welcomeWorkers } = require(`${LIB}/worker/welcome.js`)
  const { createEnds, endWorker } = require(`${LIB}/worker/ends.js`)
  const { createShared } = require(`${LIB}/worker/shared.js`)
  const { leaveQuestions } = require(`${LIB}/worker/farewell.js`)
  const alive = setInterval(() => {}, 1000)
  const { port1: own, port2: port } = new MessageChannel()
  const [shared, ends] = [createShared(), createEnds()]
  let target
  // Explaining what the worker has handed over takes its time.
  const served = { tell() {}, explained: () => new Promise(() => {}), end() {}, leave() {} }
  const workers = welcomeWorkers(ends, joined => {
    target = joined.target
    return served
  })
  workers.join({ buffer: shared.buffer, threadId: id, task: '', port })

  const close = async () => {
    own.close()
    await once(port, 'close')
  }
  const letConnect = BY === 'connecting' ? holdConnections() : () => {}
  const connecting = target.inspect()
  if (BY === 'connecting') await close()
  letConnect()
  const inspected = await connecting
  const ask = (expression = '6 * 7') =>
    inspected.post('Runtime.evaluate', { expression }).then(
      ({ result }) => result.value,
      error => error.message
    )
  const sent = listenToSessions()
  const before = BY === 'connecting' ? undefined : { answer: await ask(), sent: sent.splice(0) }
  let waitedFor
  if (BY === 'exit') {
    // What the worker does at its 'exit'. It looks at the clock once more for each nap.
    const naps = () => {
      let looks = 0
      leaveQuestions(shared, 1, () => looks++)
      return looks - 1
    }
    const underWay = ask('while (Atomics.load(mayAnswer, 0) === 0); 6 * 7')
    await new Promise(setImmediate)
    const napsBefore = naps()
    Atomics.store(mayAnswer, 0, 1)
    waitedFor = { naps: napsBefore, answer: await underWay, napsAfter: naps() }
    sent.length = 0
  } else if (BY === 'terminate') endWorker(ends, id)
  else if (BY === 'quiet') {
    const underWay = ask('while (Atomics.load(mayAnswer, 0) === 0); 6 * 7')
    const behind = ask()
    await new Promise(setImmediate)
    const quiet = workers.quiet()
    Atomics.store(mayAnswer, 0, 1)
    await quiet
    waitedFor = { answer: await underWay, behind: await behind, sent: sent.splice(0) }
  } else if (BY === 'port') await close()
  const after = { answer: await ask(), sent }
  console.log(JSON.stringify({ before, waitedFor, after }))
  clearInterval(alive)
}

/** Node says to which workers it is attached when the function is called that this returns, and from then on. */
function holdConnections() {
  const held = []
  let isHeld = true
  const { on } = Session.prototype
  Session.prototype.on = function (event, handler) {
    if (event !== 'NodeWorker.attachedToWorker') return on.call(this, event, handler)
    return on.call(this, event, message => (isHeld ? held.push(() => handler(message)) : handler(message)))
  }
  return () => {
    isHeld = false
    for (const tell of held) tell()
  }
}

function listenToSessions() {
  const sent = []
  const { post } = Session.prototype
  Session.prototype.post = function (method, ...rest) {
    sent.push(method)
    return post.call(this, method, ...rest)
  }
  return sent
}

if (isMainThread) {
  const mayAnswer = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(__filename, { workerData: { mayAnswer } })
  worker.once('online', () => {
    const agent = new Worker(__filename, { workerData: { mayAnswer, id: worker.threadId } })
    agent.once('exit', () => worker.terminate())
  })
} else if (workerData.id === undefined) {
  Object.assign(globalThis, workerData)
  setInterval(() => {}, 1000)
} else inspect(workerData)
