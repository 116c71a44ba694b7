// Libuv's pool is full of somebody else's work: a call that needs a thread for a moment waits.

const fs = require('node:fs')

/** Hashes of about half a second each, twice as many as the pool has threads. */
function fillWithHashes() {
  const { pbkdf2, pbkdf2Sync } = require('node:crypto')
  const { promisify } = require('node:util')
  const start = performance.now()
  pbkdf2Sync('a', 'b', 100_000, 64, 'sha512')
  const perSecond = Math.round(100_000 / ((performance.now() - start) / 1000))
  const hash = promisify(pbkdf2)
  return () => Promise.all(Array.from({ length: 8 }, () => hash('a', 'b', perSecond >> 2, 64, 'sha512')))
}

/** Reads of a pipe into which nobody writes for 1.5 s: what a dead network drive looks like. */
function fillWithReads() {
  const { execFileSync } = require('node:child_process')
  const os = require('node:os')
  const path = require('node:path')
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gallery-'))
  const pipes = Array.from({ length: 4 }, (_, i) => path.join(folder, `drive-${i}`))
  execFileSync('mkfifo', pipes)
  const fill = () => {
    setTimeout(() => {
      // Not a thread's work: all are taken.
      for (const pipe of pipes) fs.writeFileSync(pipe, 'late')
    }, 1500)
    return Promise.all(pipes.map(pipe => fs.promises.readFile(pipe, 'utf8')))
  }
  return { fill, close: () => fs.rmSync(folder, { recursive: true }) }
}

/** By the wall: the time in which the kernel ran the pool's threads is part of the wait. */
const byTheWall = planted => async work => {
  const start = performance.now()
  const result = await work()
  planted(performance.now() - start)
  return result
}

const readConfig = () =>
  new Promise((resolve, reject) =>
    fs.readFile(__filename, 'utf8', (error, text) => (error ? reject(error) : resolve(text.length)))
  )

/** Threads of real-time priority take turns of 100 ms: on two CPUs the main thread would wait for those that hash. */
exports.ordinary = true
exports.app = ({ planted }) => ({
  routes: { '/fill': fillWithHashes(), '/config': () => byTheWall(planted)(readConfig) }
})
exports.load = async ({ get, pause }) => {
  const filled = get('/fill')
  await pause(50)
  await get('/config')
  await filled
}
exports.expect = { route: '/config', cause: 'threadpool', culprit: /crypto, zlib or an addon/, ms: 'planted' }

exports.variants = {
  'behind hashes, callback': {},
  'fifty at once': {
    load: async ({ get, atOnce, pause }) => {
      const filled = get('/fill')
      await pause(50)
      await atOnce(50, '/config')
      await filled
    },
    expect: { ms: undefined }
  },
  'a hash behind hashes, promise': {
    framework: 'express',
    app({ planted }) {
      const timed = byTheWall(planted)
      const { pbkdf2 } = require('node:crypto')
      const hash = require('node:util').promisify(pbkdf2)
      const login = async () => (await timed(() => hash('secret', 'salt', 1000, 64, 'sha512'))).length
      return { routes: { '/fill': fillWithHashes(), '/config': login } }
    }
  },
  'behind reads of a dead drive, promise': {
    ordinary: false,
    app({ planted }) {
      const timed = byTheWall(planted)
      const { fill, close } = fillWithReads()
      const readable = async () => (await timed(() => fs.promises.stat('/'))).size
      return { routes: { '/fill': fill, '/config': readable }, close }
    },
    expect: { culprit: /\d × fs/ }
  },
  'a name behind reads, callback': {
    ordinary: false,
    app({ planted }) {
      const timed = byTheWall(planted)
      const { lookup } = require('node:dns')
      const { fill, close } = fillWithReads()
      const resolve = () => new Promise(resolve => lookup('localhost', (_error, address) => resolve(address)))
      return { routes: { '/fill': fill, '/config': () => timed(resolve) }, close }
    },
    expect: { culprit: /4 × fs, 1 × dns.lookup/ }
  },
  'the name of a called service behind reads, express': {
    framework: 'express',
    ordinary: false,
    app({ planted }) {
      const timed = byTheWall(planted)
      const http = require('node:http')
      const { fill, close } = fillWithReads()
      const peer = http.createServer((_req, res) => res.end('here')).listen(0, '127.0.0.1')
      const call = () =>
        new Promise((resolve, reject) => {
          const options = { host: 'localhost', family: 4, port: peer.address().port, agent: false }
          http.get(options, answer => answer.resume().on('end', resolve)).on('error', reject)
        })
      return {
        routes: { '/fill': fill, '/config': () => timed(call) },
        close: () => {
          peer.close()
          close()
        }
      }
    },
    expect: { culprit: /4 × fs, 1 × dns.lookup/ }
  },
  'one request alone fills it': {
    app: () => {
      const fill = fillWithHashes()
      return { routes: { '/hashes': () => Promise.all([fill(), fill()]) } }
    },
    load: ({ get }) => get('/hashes'),
    expect: { route: '/hashes', culprit: /its own calls filled it/, ms: undefined }
  }
}
