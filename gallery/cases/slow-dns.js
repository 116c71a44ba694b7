// The name server is slow: a stub of ours, which answers each question 700 ms late.

const dgram = require('node:dgram')

/** Answers any question with 127.0.0.1 (RFC 1035: the question's bytes, and one A record). */
function startNameServer() {
  const socket = dgram.createSocket('udp4')
  socket.on('message', (question, { port, address }) => {
    const end = question.indexOf(0, 12) + 5
    const answer = Buffer.concat([
      question.subarray(0, 2),
      Buffer.from([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]),
      question.subarray(12, end),
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1])
    ])
    setTimeout(() => socket.send(answer, port, address), 700)
  })
  return new Promise(resolve => socket.bind(0, '127.0.0.1', () => resolve(socket)))
}

/** A `lookup` for http and net that asks that server, as people write it to go round getaddrinfo. */
function lookupAt(socket) {
  const { Resolver } = require('node:dns')
  const resolver = new Resolver()
  resolver.setServers([`127.0.0.1:${socket.address().port}`])
  return (name, options, done) =>
    resolver.resolve4(name, (error, [address] = []) =>
      options.all ? done(error, [{ address, family: 4 }]) : done(error, address, 4)
    )
}

const startPeer = () =>
  require('node:http')
    .createServer((_req, res) => res.end('here'))
    .listen(0, '127.0.0.1')

exports.app = async ({ timed }) => {
  const http = require('node:http')
  const names = await startNameServer()
  const peer = startPeer()
  const lookup = lookupAt(names)
  const call = () =>
    new Promise((resolve, reject) => {
      const options = { host: 'stock.internal', port: peer.address().port, path: '/stock', lookup, agent: false }
      http.get(options, answer => answer.resume().on('end', resolve)).on('error', reject)
    })
  return {
    routes: { '/page': () => timed(call) },
    close: () => {
      names.close()
      peer.close()
    }
  }
}
exports.load = ({ get }) => get('/page')
exports.expect = { route: '/page', cause: 'http.connect', culprit: /DNS 7|DNS \d/, ms: 'planted', measured: true }

exports.variants = {
  http: {},
  'fifty at once': { load: ({ atOnce }) => atOnce(50, '/page'), expect: { ms: undefined, measured: undefined } },
  'resolved before the call, promise': {
    async app({ timed }) {
      const { Resolver } = require('node:dns').promises
      const names = await startNameServer()
      const resolver = new Resolver()
      resolver.setServers([`127.0.0.1:${names.address().port}`])
      return { routes: { '/page': () => timed(() => resolver.resolve4('stock.internal')) }, close: () => names.close() }
    },
    expect: { cause: 'dns.slow', culprit: /stock\.internal/ }
  },
  'resolved before the call, callback, express': {
    framework: 'express',
    async app({ planted }) {
      const names = await startNameServer()
      const lookup = lookupAt(names)
      const page = (_req, res) => {
        const start = performance.now()
        lookup('stock.internal', {}, (error, address) => {
          planted(performance.now() - start)
          res.end(error ? error.message : address)
        })
      }
      return { routes: { '/page': page }, close: () => names.close() }
    },
    expect: { cause: 'dns.slow', culprit: /stock\.internal/ }
  },
  'undici, express': {
    framework: 'express',
    async app({ timed }) {
      const { Agent, request } = require('undici')
      const names = await startNameServer()
      const peer = startPeer()
      const dispatcher = new Agent({ connect: { lookup: lookupAt(names) } })
      const call = async () =>
        (await request(`http://stock.internal:${peer.address().port}/stock`, { dispatcher })).body.text()
      return {
        routes: { '/page': () => timed(call) },
        close: () => {
          dispatcher.close()
          names.close()
          peer.close()
        }
      }
    }
  }
}
