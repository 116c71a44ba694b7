// Three requests at once, each of which makes one call through a Pool of one connection, others that share their handler or options, and prints what the preloaded
// test/harness/recorder saw of each: who is told to have made it, whether it was told from its beginning, whether it waited
// for the connection, and how it ended. Then CONNECT and an upgrade. LIBRARIES: the folder whose undici is meant.

const http = require('node:http')
const { once } = require('node:events')
const { createRequire } = require('node:module')
const path = require('node:path')
const { runInNewContext } = require('node:vm')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const { Client, Pool } = from('undici')

/** Longer than anything that is not the wait for this answer. */
const ANSWER_MS = 100

const peer = http.createServer((_req, res) => setTimeout(() => res.end('answer'), ANSWER_MS))
for (const event of ['upgrade', 'connect']) {
  peer.on(event, (_req, socket) =>
    socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n')
  )
}

async function main() {
  const { operations, now } = globalThis.seen
  await once(peer.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${peer.address().port}`
  const pool = new Pool(origin, { connections: 1, pipelining: 1 })
  const client = new Client(origin)

  // Of one that keeps nothing of a call there may be one for all. The connection answers in order.
  const waiting = []
  const over = () => waiting.shift()()
  const handler = { onConnect() {}, onHeaders: () => true, onData: () => true, onComplete: over, onError: over }
  const sharedOptions = { path: '/options', method: 'GET' }

  const began = new Map()
  const call = async path => {
    if (path.startsWith('/alike')) return (await pool.request(sharedOptions)).body.text()
    if (path === '/upgrade') return client.upgrade({ path, protocol: 'echo' })
    if (path === '/connect') return client.connect({ path: 'far:443' })
    if (path.startsWith('/shared')) {
      return new Promise(resolve => {
        waiting.push(resolve)
        // Of another realm, as all objects of a test in Jest are.
        pool.dispatch(runInNewContext("({ path, method: 'GET' })", { path }), handler)
      })
    }
    return (await pool.request({ path, method: 'GET' })).body.text()
  }
  const server = http.createServer(async (req, res) => {
    began.set(req.url, now())
    await call(req.url).catch(() => {})
    res.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')

  const get = path =>
    new Promise(resolve => {
      const request = http.get({ host: '127.0.0.1', port: server.address().port, path, agent: false })
      request.on('response', response => response.resume().on('end', resolve))
    })
  await Promise.all(['/first', '/second', '/third'].map(get))
  await Promise.all(['/shared-first', '/shared-second', '/shared-third'].map(get))
  await Promise.all(['/alike-first', '/alike-second'].map(get))
  await get('/connect')
  await get('/upgrade')

  for (const { request, text, start, marks, ends } of operations) {
    const sinceRequest = start - began.get(request.path)
    const before = operations.filter(({ ends: [end] }) => end.at > start && end.at <= marks.sent)
    console.log(
      [
        `${request.path} made ${text.replace(origin, '')}`,
        sinceRequest < ANSWER_MS / 2 ? 'told from its beginning' : `told ${sinceRequest} ms late`,
        before.length === 0 ? 'sent at once' : `waited for ${before.length}`,
        `${ends.length} end`
      ].join(', ')
    )
  }
  process.exit()
}

main()
