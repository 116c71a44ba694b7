// Ends as soon as its one slow request has, or in the midst of it, in the way named on the command line: before the agent thread can be
// up.

const http = require('node:http')
const perfagent = require('../../dist/index.js')

const how = process.argv[2]

function work() {
  const untilMs = performance.now() + 60
  while (performance.now() < untilMs);
}

const ends = {
  'by process.exit(3)': () => process.exit(3),
  'by an uncaught throw': () => {
    throw new Error('nobody catches this')
  },
  'by an unhandled rejection': () => Promise.reject(new Error('nobody handles this'))
}

if (how === undefined) {
  perfagent.request('brief', work)
  setImmediate(() => setImmediate(() => process.exit()))
} else if (how.startsWith('a job ')) {
  perfagent.request('brief', () => {
    work()
    return ends[how.slice('a job '.length)]()
  })
} else {
  const server = http.createServer(() => {
    work()
    ends[how.slice('a server '.length)]()
  })
  server.listen(0, '127.0.0.1', () => http.get({ port: server.address().port, path: '/brief' }).on('error', () => {}))
}
