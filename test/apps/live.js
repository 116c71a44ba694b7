// Its options change while it runs: a message is what `perfagent.configure` is given. PEER_URL: where /call calls.

const http = require('node:http')
const perfagent = require('../../dist/index.js')
const { serve } = require('./lib')

const late = () => new Promise(resolve => setTimeout(resolve, 100, 'late'))
let release = []

process.on('message', changes => perfagent.configure(changes))

serve({
  '/': () => 'hello',
  '/late': late,
  '/held': () => new Promise(resolve => release.push(resolve)),
  '/release': () => {
    for (const resolve of release) resolve('released')
    release = []
    return 'done'
  },
  '/busy': () => {
    const until = performance.now() + 200
    while (performance.now() < until);
    return 'busy'
  },
  '/call': async () => {
    await new Promise(resolve => http.get(process.env.PEER_URL, response => response.resume().on('end', resolve)))
    return late()
  }
})
