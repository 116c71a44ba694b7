// Look-ups by each form of node:dns, at a name server of its own that answers 60 ms late.

import dgram from 'node:dgram'
import dns from 'node:dns'
import { once } from 'node:events'
import net from 'node:net'
import { promisify } from 'node:util'
import lib from './lib.js'

/** Answers any question with 127.0.0.1 (RFC 1035: the question's bytes, and one A record); `no…` with nothing. */
const names = dgram.createSocket('udp4').on('message', (question, { port, address }) => {
  const end = question.indexOf(0, 12) + 5
  const known = question[13] !== 0x6e
  const header = Buffer.from([0x81, known ? 0x80 : 0x83, 0, 1, 0, known ? 1 : 0, 0, 0, 0, 0])
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1])
  const answer = Buffer.concat([
    question.subarray(0, 2),
    header,
    question.subarray(12, end),
    ...(known ? [record] : [])
  ])
  setTimeout(() => names.send(answer, port, address), 60)
})
names.bind(0, '127.0.0.1')
await once(names, 'listening')
const place = `127.0.0.1:${names.address().port}`
const late = lookup => async () => {
  const found = await lookup()
  await new Promise(resolve => setTimeout(resolve, 60))
  return found
}

const server = lib.serve(
  {
    '/resolver': () => {
      const resolver = new dns.Resolver()
      resolver.setServers([place])
      return promisify(resolver.resolve4.bind(resolver))('a.test')
    },
    '/promises': () => {
      const resolver = new dns.promises.Resolver()
      resolver.setServers([place])
      return resolver.resolve('a.test')
    },
    '/fails': () => {
      const resolver = new dns.promises.Resolver()
      resolver.setServers([place])
      return resolver.resolve4('none.test').catch(({ code }) => code)
    },
    '/lookup': late(async () => (await promisify(dns.lookup)('localhost', { family: 4 })).address),
    '/connect': late(async () => {
      const socket = net.connect({ port: server.address().port, host: 'localhost' })
      await once(socket, 'connect')
      socket.destroy()
      return 'connected'
    }),
    '/address': late(async () => (await dns.promises.lookup('127.0.0.1')).address),
    '/throws': late(async () => {
      try {
        dns.lookup({}, () => {})
      } catch ({ code }) {
        return code
      }
    })
  },
  () => names.close()
)
