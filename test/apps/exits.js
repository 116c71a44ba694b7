// Answers late; after GET /last… it ends, in the way named on the command line, or by a signal from outside. GET /signal… has it
// signal itself what ends nobody, GET /thread… end the worker thread that was started last.

const http = require('node:http')
const { listen } = require('./lib')

const ends = {
  naturally: () => process.disconnect(),
  'by process.exit(3)': () => process.exit(3),
  'by process.reallyExit(3)': () => process.reallyExit(3),
  'by process.execve()': () => process.execve('/bin/sh', ['sh', '-c', 'exit 3'], {}),
  'by an uncaught throw': () => {
    throw new Error('nobody catches this')
  },
  'by an unhandled rejection': () => {
    Promise.reject(new Error('nobody handles this'))
  },
  'by a listener of its exit that throws': () => process.exit(3),
  // What libraries do that clean up first: they raise the signal again.
  'by a signal to itself': () => process.kill(process.pid, 'SIGTERM'),
  'by SIGTERM with a handler': () => {
    process.once('SIGTERM', () => process.exit(0))
    process.kill(process.pid, 'SIGTERM')
  }
}
const how = process.argv[2]
if (how === 'by a listener of its exit that throws') {
  process.on('exit', () => {})
  process.on('exit', () => {
    throw new Error('in a listener')
  })
}
if (how === 'with a handler')
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => process.exit(7))

let worker
process.on('worker', started => {
  worker = started
})

listen(
  http.createServer((req, res) => {
    if (req.url.startsWith('/last')) res.once('close', () => setImmediate(ends[how]))
    if (req.url.startsWith('/signal')) process.kill(process.pid, 'SIGCHLD')
    if (req.url.startsWith('/thread')) worker.terminate()
    setTimeout(() => res.end('late'), 100)
  })
)
