// Makes calls by undici and fetch that need a new connection, or none, and prints the moments that the preloaded
// test/harness/recorder saw of each, in time order, and how it ended. LIBRARIES: the folder whose undici is meant.

const fs = require('node:fs')
const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const { once } = require('node:events')
const { createRequire } = require('node:module')
const path = require('node:path')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const { Agent, Client, Pool, request } = from('undici')

const fixture = name => fs.readFileSync(path.join(__dirname, '../fixtures', name))
const answer = (_req, res) => setTimeout(() => res.end('answer'), 20)
const peer = http.createServer(answer)
const securePeer = https.createServer({ key: fixture('localhost.key'), cert: fixture('localhost.crt') }, answer)

/** Each gets a client of its own, that it connects. */
function calls(port, securePort) {
  const origin = `http://127.0.0.1:${port}`
  const textOf = async ({ body }) => body.text()
  const by = async (url, connect) => textOf(await request(url, { dispatcher: new Agent({ connect }) }))
  const ask = async dispatcher => textOf(await dispatcher.request({ path: '/', method: 'GET' }))
  const pool = new Pool(origin, { connections: 1, pipelining: 1 })
  const kept = new Client(origin)
  const connect = ({ port, hostname }, done) => {
    const socket = net.connect(port, hostname, () => done(null, socket))
  }
  const notFound = (_name, _options, done) => setTimeout(done, 5, Object.assign(new Error(), { code: 'ENOTFOUND' }))
  const fetched = async () => (await fetch(`http://localhost:${port}`)).text()
  return {
    plain: () => by(origin),
    'by name': () => by(`http://localhost:${port}`),
    'by TLS': () => by(`https://127.0.0.1:${securePort}`, { rejectUnauthorized: false }),
    refused: () => by('http://127.0.0.1:1'),
    'a name that nobody knows': () => by('http://nobody.internal', { lookup: notFound }),
    'a connector of its own': () => by(origin, connect),
    'a connector that takes its time': () => by(origin, (...args) => setTimeout(connect, 5, ...args)),
    'the only connection of a pool': () => Promise.all([ask(pool), ask(pool)]),
    'a kept connection, first': () => ask(kept),
    'a kept connection, second': () => ask(kept),
    'a name, by fetch': fetched,
    'a kept connection of fetch': fetched
  }
}

async function main() {
  const { operations } = globalThis.seen
  for (const server of [peer, securePeer]) await once(server.listen(0, '127.0.0.1'), 'listening')
  const made = calls(peer.address().port, securePeer.address().port)

  const server = http.createServer(async (_req, res) => {
    for (const [title, make] of Object.entries(made)) {
      const before = operations.length
      await make().catch(() => {})
      // A connection is free again once the answer's last turn is over.
      await new Promise(resolve => setTimeout(resolve, 5))
      for (const { marks, ends } of operations.slice(before).filter(({ kind }) => kind === 'http')) {
        const order = Object.keys(marks).sort((a, b) => marks[a] - marks[b])
        console.log([title, order.join(' '), ends[0]?.error?.code ?? 'ended'].join(' | '))
      }
    }
    res.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  await once(http.get({ host: '127.0.0.1', port: server.address().port, agent: false }), 'response')
  process.exit()
}

main()
