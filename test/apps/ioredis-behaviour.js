// Does with ioredis what applications do in life, inside a request, and prints what they see. Nothing in it differs between
// two runs, so that a run with the agent can be compared to one without, letter by letter. LIBRARIES: whose ioredis is meant, or DRIVER.

const { AsyncLocalStorage } = require('node:async_hooks')
const http = require('node:http')
const { createRequire } = require('node:module')
const path = require('node:path')
const { counts } = require('./listeners')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const loaded = from(process.env.DRIVER ?? 'ioredis')
const Redis = loaded.Redis ?? loaded.default ?? loaded

const context = new AsyncLocalStorage()
const seen = []
const see = (...what) => seen.push([...what, context.getStore() ?? 'no context'])
const outcome = promise =>
  promise.then(
    value => ['value', value, context.getStore()],
    error => ['error', error.name, error.message, error.command?.name, Object.keys(error).join(), context.getStore()]
  )
/** In the order in which they were asked for: which answers come in one packet is chance. */
const settled = async (...promises) => {
  for (const what of await Promise.all(promises.map(outcome))) see(...what)
}

const unhandled = []
process.on('unhandledRejection', error => unhandled.push(error.message))

const steps = {
  async connecting() {
    const client = new Redis(process.env.REDIS_URL, { lazyConnect: true, db: 1 })
    const events = []
    for (const event of ['connect', 'ready', 'close', 'end', 'select']) {
      client.on(event, () => events.push([event, context.getStore()]))
    }
    await settled(
      context.run('one', () => client.get('a')),
      context.run('two', () => client.ping())
    )
    see('listeners', counts(client), counts(client.stream), client.status)
    see('shape', client.get.name, client.get.length, client.sendCommand.length, Object.keys(client).sort().join())
    await client.quit()
    await settled(client.get('a'))
    see('events', events)
  },

  async commands(client) {
    await client.del('a', 'text', 'hash', 'of an object')
    await settled(client.set('text', 'x', 'EX', 100))
    await settled(client.getBuffer(Buffer.from('text')))
    await settled(client.lpush('text', 'y'))
    await settled(client.call('bogus', 'x'))
    await settled(client.set({ toString: () => 'of an object' }, 1))
    await settled(client.get('of an object'))
    await settled(client.mget(['text', 'none']))
    await settled(client.hset('hash', { a: 1, b: 2 }))
    await settled(client.hgetall('hash'))
    await settled(client.blpop('nothing', 0.05))
    client.defineCommand('twice', { numberOfKeys: 1, lua: 'return {KEYS[1], KEYS[1]}' })
    await settled(client.twice('text'))
    for await (const keys of client.scanStream({ match: 'hash' })) see('scanned', keys)
  },

  async callbacks(client) {
    await new Promise(resolve => {
      const given = context.run('callback', () =>
        client.get('text', function (...args) {
          see('called back', args.length, args, this === undefined)
          resolve()
        })
      )
      see('returned', given.constructor.name, Object.keys(given).length)
    })
    await new Promise(resolve =>
      client.lpush('text', 'z', error => {
        see('failed', error.message)
        resolve()
      })
    )
  },

  async batches(client) {
    await settled(client.pipeline().set('a', 1).lpush('a', 1).get('a').exec())
    await settled(client.pipeline([['get', 'a'], ['bogus']].slice(0, 1)).exec())
    await settled(client.pipeline().exec())
    await settled(client.multi().set('a', 2).get('a').exec())
    await settled(client.multi().set('a').get('a').exec())
    await settled(client.pipeline().multi().get('a').exec().exec())
    await new Promise(resolve =>
      client
        .multi()
        .get('a')
        .exec((error, result) => resolve(see('called', error, result)))
    )
    await settled(client.multi({ pipeline: false }))
    await settled(client.get('a'))
    await settled(client.exec())
    const pipeline = client.pipeline().get('a')
    see('the same promise', pipeline.exec() === pipeline.promise)
  },

  async nobodyCares(client) {
    client.call('bogus-alone')
    client.multi().call('bogus-in-multi').exec()
    client.pipeline().call('bogus-in-pipeline').exec()
    const heard = new Promise(resolve => client.call('bogus-with-callback', error => resolve(error.name)))
    client.get('a').then(() => {
      throw new Error('of the application')
    })
    await settled(heard, client.ping())
    await new Promise(resolve => setTimeout(resolve, 20))
    see('unhandled', unhandled.splice(0).sort())
  },

  async automatic() {
    const client = new Redis(process.env.REDIS_URL, { enableAutoPipelining: true })
    await settled(...['one', 'two'].map(name => context.run(name, () => client.get('a'))))
    await settled(client.lpush('a', 1))
    await new Promise(resolve => client.get('a', (error, value) => resolve(see('called', error, value))))
    await new Promise(resolve => client.lpush('a', 1, error => resolve(see('called', error.message))))
    client.lpush('a', 1)
    await client.quit()
  },

  async failures() {
    const soon = { disconnectTimeout: 50 }
    const lost = new Redis({ port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => 10, ...soon })
    lost.on('error', error => see('event', error.code))
    await settled(lost.get('a'))
    lost.disconnect()
    const impatient = new Redis(process.env.REDIS_URL, { commandTimeout: 50, ...soon })
    // On a busy machine what it says to the server first may take as long: that is told as an event, or is not.
    impatient.on('error', () => {})
    await settled(impatient.blpop('nothing', 0.2))
    impatient.disconnect()
    const proud = new Redis(process.env.REDIS_URL, { enableOfflineQueue: false, lazyConnect: true, ...soon })
    await settled(proud.get('a'))
    await settled(proud.pipeline().get('a').exec())
    proud.disconnect()
  },

  async subscriber(client) {
    const other = client.duplicate()
    const heard = new Promise(resolve => other.on('message', (...message) => resolve(see('message', ...message))))
    await settled(other.subscribe('news'))
    await client.publish('news', 'hello')
    await heard
    await settled(other.get('a'))
    await settled(other.unsubscribe('news'))
    await settled(other.quit())
  }
}

const server = http.createServer(async (_req, res) => {
  const client = new Redis(process.env.REDIS_URL)
  for (const [name, step] of Object.entries(steps)) {
    see('step', name)
    await context.run(name, step, client)
  }
  await client.quit()
  see('unhandled', unhandled)
  res.end()
})
server.listen(0, '127.0.0.1', () =>
  http.get({ port: server.address().port, host: '127.0.0.1', agent: false }, res =>
    res.resume().on('end', () => {
      server.close()
      process.stdout.write(seen.map(what => `${JSON.stringify(what)}\n`).join(''))
      if (process.connected) process.disconnect()
    })
  )
)
