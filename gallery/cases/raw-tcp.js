// A protocol of one's own over TCP, which nobody instruments, between two commands to Redis.

const { once } = require('node:events')
const net = require('node:net')

/** Answers each line 700 ms late. */
async function startPeer() {
  const late = socket => socket.on('data', () => setTimeout(() => socket.write('done\n'), 700))
  const peer = net.createServer(late).listen(0, '127.0.0.1')
  await once(peer, 'listening')
  return peer
}

exports.needs = 'redis'
exports.app = async ({ timed }) => {
  const { createClient } = require('redis')
  const client = await createClient({ url: process.env.REDIS_URL }).connect()
  const peer = await startPeer()
  const printer = net.connect(peer.address().port, '127.0.0.1')
  async function print() {
    await client.get('order:17')
    await timed(() => {
      printer.write('print 17\n')
      return once(printer, 'data')
    })
    await client.set('printed:17', 'yes')
  }
  return {
    routes: { '/warm': () => client.get('order:17').then(() => 'warm'), '/print': print },
    close: () => {
      printer.destroy()
      peer.close()
      client.quit()
    }
  }
}
exports.load = async ({ get }) => {
  await get('/warm')
  await get('/print')
}
exports.expect = {
  route: '/print',
  cause: 'unknown',
  culprit: /does not time.*after GET.*before SET/,
  ms: 'planted',
  measured: true
}

exports.variants = {
  'promise, one connection': {},
  'a connection for each, callbacks, express': {
    framework: 'express',
    async app({ planted }) {
      const Redis = require('ioredis')
      const client = new Redis(process.env.REDIS_URL)
      const peer = await startPeer()
      const print = (_req, res) =>
        client.get('order:17', () => {
          const start = performance.now()
          const printer = net.connect(peer.address().port, '127.0.0.1', () => printer.write('print 17\n'))
          printer.once('data', () => {
            planted(performance.now() - start)
            printer.destroy()
            client.set('printed:17', 'yes', () => res.end('printed'))
          })
        })
      return {
        routes: { '/warm': () => client.get('order:17').then(() => 'warm'), '/print': print },
        close: () => {
          peer.close()
          client.quit()
        }
      }
    }
  }
}
