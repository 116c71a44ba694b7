// Five requests that read an answer or write a body, and for each whether the preloaded test/harness/recorder saw that the answer lay unread
// for most of the call, and whether its body was still being written for most of it. LIBRARIES: the folder whose undici is meant.

const http = require('node:http')
const { once } = require('node:events')
const { createRequire } = require('node:module')
const path = require('node:path')
const { Readable } = require('node:stream')
const { setTimeout: sleep } = require('node:timers/promises')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const undici = from('undici')

const PIECES = 30
const PIECE = Buffer.alloc(256 * 1024)
/** Of a peer that is slow to send, and of a reader or writer that is behind. */
const PAUSE_MS = 20

const peer = http.createServer(async (req, res) => {
  req.resume()
  if (req.url === '/sink') return req.on('end', () => res.end())
  if (req.url === '/late') return req.on('end', () => setTimeout(() => res.end(), PIECES * PAUSE_MS))
  for (let i = 0; i < PIECES; i++) {
    if (req.url === '/slow') await sleep(PAUSE_MS)
    res.write(PIECE)
  }
  res.end()
})

/** As many pieces as bytes, whatever they came in. */
async function read(body, pause) {
  let bytes = 0
  for await (const piece of body) {
    bytes += piece.length
    for (; pause && bytes >= PIECE.length; bytes -= PIECE.length) await sleep(PAUSE_MS)
  }
}

async function* pieces() {
  for (let i = 0; i < PIECES; i++) {
    await sleep(PAUSE_MS)
    yield Buffer.alloc(1024)
  }
}

const WAYS = {
  async 'node:http'(url, pause) {
    const [answer] = await once(http.get(url), 'response')
    await read(answer, pause)
  },
  fetch: async (url, pause) => read((await fetch(url)).body, pause),
  undici: async (url, pause) => read((await undici.request(url)).body, pause)
}

const WRITERS = {
  async 'node:http'(url) {
    const call = http.request(url, { method: 'PUT' })
    Readable.from(pieces()).pipe(call)
    const [answer] = await once(call, 'response')
    await read(answer)
  },
  fetch: async url => read((await fetch(url, { method: 'PUT', body: pieces(), duplex: 'half' })).body ?? []),
  undici: async url => read((await undici.request(url, { method: 'PUT', body: Readable.from(pieces()) })).body)
}

const putWhole = async url => read((await fetch(url, { method: 'PUT', body: PIECE })).body ?? [])

async function main() {
  await once(peer.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${peer.address().port}`
  let work
  const server = http.createServer(async (_req, res) => {
    await work().catch(error => console.log(error))
    res.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')

  async function tell(title, toDo) {
    work = toDo
    const [answer] = await once(http.get({ port: server.address().port, agent: false }), 'response')
    await once(answer.resume(), 'end')
    const { start, marks, unreadMs, ends } = globalThis.seen.operations.at(-1)
    const ms = ends[0].at - start
    const unread = unreadMs > ms / 2 ? ', mostly unread' : ''
    console.log(`${title}${unread}${marks.written - start > ms / 2 ? ', mostly being written' : ''}`)
  }

  for (const [way, get] of Object.entries(WAYS)) {
    await tell(`${way}: a reader that is behind`, () => get(`${origin}/prompt`, true))
    await tell(`${way}: a peer that is slow`, () => get(`${origin}/slow`, false))
  }
  for (const [way, put] of Object.entries(WRITERS)) await tell(`${way}: a body`, () => put(`${origin}/sink`))
  await tell('fetch: a body in one piece', () => putWhole(`${origin}/late`))
  process.exit()
}
main()
