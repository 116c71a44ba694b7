// A service that talks by NATS: it asks and is asked, publishes and is told. By the server at NATS_URL; DRIVER: the package of the
// folder LIBRARIES. /behaviour tells what the application sees.

const { createRequire } = require('node:module')
const path = require('node:path')
const { serve } = require('./lib')

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const driver = process.env.DRIVER ?? '@nats-io/transport-node'
/** Beside another one at the same server. */
const prefix = process.env.PREFIX ?? ''

module.exports = async function start({ connect, headers }) {
  const [mine, theirs] = await Promise.all([1, 2].map(() => connect({ servers: process.env.NATS_URL })))
  const text = message => new TextDecoder().decode(message.data)
  const subscribe = (subject, callback) => theirs.subscribe(prefix + subject, { callback })

  subscribe('stock.*.get', async (_error, message) => {
    await sleep(100)
    message.respond(
      new TextEncoder().encode(`${message.subject.slice(prefix.length)} ${message.headers?.get('tenant') ?? ''}`)
    )
  })
  subscribe('fails', async () => {
    await sleep(100)
    throw new Error('no such order')
  })
  process.on('unhandledRejection', () => {})
  const iterated = []
  const iterate = async () => {
    for await (const message of theirs.subscribe(`${prefix}iterated`)) iterated.push(text(message))
  }
  void iterate()
  await theirs.flush()

  const outcome = promise =>
    promise.then(
      value => ['value', typeof value === 'object' && value ? text(value) : value],
      error => ['error', error.constructor.name, error.code, error.message]
    )
  async function behaviour() {
    const given = { timeout: 2000, headers: headers() }
    given.headers.set('tenant', 'acme')
    const seen = [
      await outcome(mine.request(`${prefix}stock.17.get`, new Uint8Array(), given)),
      [...given.headers.keys()],
      await outcome(mine.request(`${prefix}stock.17.get`, new Uint8Array(), { timeout: 2000, noMux: true })),
      await outcome(mine.request('nobody.there')),
      await outcome(mine.request('')),
      await outcome(mine.request(`${prefix}stock.17.get`, new Uint8Array(), { timeout: 10 })),
      mine.publish(`${prefix}iterated`, new TextEncoder().encode('one'), { headers: given.headers }) ?? 'nothing'
    ]
    await mine.flush()
    while (iterated.length === 0) await sleep(5)
    const subscription = theirs.subscribe('once', { max: 1, callback() {} })
    seen.push(iterated.splice(0), subscription.getSubject(), [...given.headers.keys()])
    return seen
  }

  serve(
    {
      '/request': async () => text(await mine.request(`${prefix}stock.17.get`, new Uint8Array(), { timeout: 5000 })),
      '/nobody': () =>
        mine.request('nobody.there').catch(async error => {
          await sleep(60)
          return error.constructor.name
        }),
      '/send': async () => {
        mine.publish('fails')
        await sleep(80)
        return 'sent'
      },
      '/behaviour': behaviour
    },
    () => Promise.all([mine.drain(), theirs.drain()])
  )
}

if (process.argv[1] === __filename) {
  module.exports(createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))(driver))
}
