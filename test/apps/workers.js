// Servers elsewhere than in the main thread of one process. WAY: `cluster`, `fork`, `thread`.

const { fork } = require('node:child_process')
const cluster = require('node:cluster')
const path = require('node:path')
const { isMainThread, parentPort, Worker } = require('node:worker_threads')

const way = process.env.WAY
if (way === 'cluster' && cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork()
  cluster.once('listening', (_, { port }) => console.log(`listening on ${port}`))
  process.once('disconnect', () => cluster.disconnect())
} else if (way === 'fork' && process.argv[2] !== 'child') {
  // What it prints goes where its parent's output goes; the end of the parent's channel ends the child's.
  const child = fork(__filename, ['child'])
  process.once('disconnect', () => child.disconnect())
} else if (way === 'thread' && isMainThread) {
  const worker = new Worker(__filename)
  process.once('disconnect', () => worker.postMessage('end'))
} else {
  const { serve } = require(path.join(__dirname, 'lib'))
  const server = serve({
    '/slow': () => new Promise(resolve => setTimeout(resolve, 100, String(process.pid)))
  })
  if (!isMainThread) parentPort.once('message', () => server.close(() => parentPort.close()))
}
