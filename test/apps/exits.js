// Answers late; after GET /last it ends, in the way named on the command line.

const { serve } = require('./lib')

const ends = {
  naturally: () => process.disconnect(),
  'by process.exit(3)': () => process.exit(3),
  'by an uncaught throw': () => {
    throw new Error('nobody catches this')
  },
  'by an unhandled rejection': () => {
    Promise.reject(new Error('nobody handles this'))
  },
  // What libraries do that clean up first: they raise the signal again.
  'by a signal to itself': () => process.kill(process.pid, 'SIGTERM'),
  'by SIGTERM with a handler': () => {
    process.once('SIGTERM', () => process.exit(0))
    process.kill(process.pid, 'SIGTERM')
  }
}
const end = ends[process.argv[2]]

const late = () => new Promise(resolve => setTimeout(resolve, 100, 'late'))

serve({
  '/slow': late,
  '/last': (_req, res) => {
    res.once('close', () => setImmediate(end))
    return late()
  }
})
