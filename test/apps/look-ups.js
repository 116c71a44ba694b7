// Look-ups of names as libuv does them, two at once and first come, first served, of which one name is slow. It stands in for the system's
// resolver, whose name servers are not a test's: those of slow.test end 300 ms after one of another name stands behind them.

const dns = require('node:dns')
const http = require('node:http')
const lib = require('./lib.js')

const waiting = []
const slow = []
let working = 0
let bothTaken = () => {}

function begin() {
  while (working < 2 && waiting.length > 0) {
    working++
    const lookUp = waiting.shift()
    if (lookUp.host === 'slow.test') slow.push(lookUp)
    else setImmediate(end, lookUp)
  }
  if (slow.length === 2) bothTaken()
}

function end({ options, done }) {
  working--
  begin()
  if (options?.all) done(null, [{ address: '127.0.0.1', family: 4 }])
  else done(null, '127.0.0.1', 4)
}

dns.lookup = (host, options, done = options) => {
  waiting.push({ host, options, done })
  begin()
  if (host !== 'slow.test') setTimeout(() => slow.splice(0).forEach(end), 300)
}

const lookUp = host => new Promise(resolve => dns.lookup(host, {}, resolve))

const server = lib.serve({
  '/hooks': () => Promise.all([lookUp('slow.test'), lookUp('slow.test')]).then(() => 'hooked'),
  '/behind': async () => {
    if (slow.length < 2) await new Promise(resolve => (bothTaken = resolve))
    return new Promise((resolve, reject) => {
      const options = { host: 'stock.test', port: server.address().port, path: '/stock', agent: false }
      http.get(options, answer => answer.resume().on('end', () => resolve('called'))).on('error', reject)
    })
  },
  '/stock': () => 'here'
})
