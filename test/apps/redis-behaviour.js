// Does with redis what applications do in life, inside a request, and prints what they see. Nothing in it differs between two
// runs, so that a run with the agent can be compared to one without, letter by letter. LIBRARIES, DRIVER: whose client is meant.

const { AsyncLocalStorage } = require('node:async_hooks')
const http = require('node:http')
const { createRequire } = require('node:module')
const path = require('node:path')
const { counts } = require('./listeners')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const { createClient, createClientPool, commandOptions } = from(process.env.DRIVER)

const url = process.env.REDIS_URL
const context = new AsyncLocalStorage()
const seen = []
const see = (...what) => seen.push([...what, context.getStore() ?? 'no context'])
const outcome = promise =>
  promise.then(
    value => ['value', value, context.getStore()],
    error => ['error', error.name, error.message, Object.keys(error).join(), context.getStore()]
  )
/** In the order in which they were asked for: which of two answers in one packet is told first is no promise of anybody. */
const settled = async (...promises) => {
  for (const what of await Promise.all(promises.map(outcome))) see(...what)
}

const unhandled = []
process.on('unhandledRejection', error => unhandled.push(error.message))

const connected = async options => {
  const client = createClient({ url, ...options })
  client.on('error', error => see('event', error.message))
  await client.connect()
  return client
}

const steps = {
  async connecting() {
    const client = createClient({ url, database: 1, name: 'late' })
    const events = []
    for (const event of ['connect', 'ready', 'end', 'error']) {
      client.on(event, () => events.push([event, context.getStore()]))
    }
    await settled(client.get('a'))
    const ready = context.run('one', () => client.connect()).then(() => undefined)
    const queued = [context.run('one', () => client.get('a')), context.run('two', () => client.ping())]
    await settled(ready, ...queued)
    see('events', events)
    see('listeners', counts(client), client.isOpen, client.isReady)
    see('shape', client.get.name, client.get.length, client.sendCommand.name, client.sendCommand.length)
    see('own', Object.keys(client).sort().join())
    await client.quit()
    await settled(client.get('a'))
  },

  async commands(client) {
    await client.del(['a', 'text', 'hash'])
    await settled(client.set('text', 'x', { EX: 100 }))
    await settled(client.sendCommand(['GET', Buffer.from('text')]))
    await settled(client.lPush('text', 'y'))
    await settled(client.sendCommand(['bogus', 'x']))
    await settled(client.sendCommand(['SET', 'a', 1]))
    await settled(client.mGet(['text', 'none']))
    await settled(client.hSet('hash', { a: '1', b: '2' }))
    await settled(client.hGetAll('hash'))
    await settled(client.sendCommand(['BLPOP', 'nothing', '0.05']))
    await settled(client.eval('return {KEYS[1], ARGV[1]}', { keys: ['text'], arguments: ['of the application'] }))
    for await (const keys of client.scanIterator({ MATCH: 'hash' })) see('scanned', keys)
    await settled(client.select(0))
    if (commandOptions) await settled(client.get(commandOptions({ isolated: true }), 'text'))
  },

  async batches(client) {
    await settled(client.multi().set('a', '1').get('a').exec())
    await settled(client.multi().set('a', '1').lPush('a', '1').get('a').exec())
    await settled(client.multi().addCommand(['bogus']).get('a').exec())
    await settled(client.multi().set('a', '2').get('a').execAsPipeline())
    await settled(client.multi().get('a').lPush('a', '1').execAsPipeline())
    await settled(client.multi().exec())
    await client.watch('a')
    await settled(client.multi().get('a').exec())
  },

  async nobodyCares(client) {
    client.sendCommand(['bogus-alone'])
    client.lPush('a', '1')
    client.multi().addCommand(['bogus-in-multi']).exec()
    client.multi().addCommand(['bogus-in-pipeline']).execAsPipeline()
    client.get('a').then(() => {
      throw new Error('of the application')
    })
    await client.ping()
    await new Promise(resolve => setTimeout(resolve, 20))
    see('unhandled', unhandled.splice(0).sort())
  },

  async pool() {
    if (!createClientPool) return
    const opened = async options => {
      const pool = createClientPool({ url }, { minimum: 1, maximum: 1, ...options })
      pool.on('error', error => see('event', error.message))
      await pool.connect()
      return pool
    }
    const pool = await opened()
    const task = name => () => pool.execute(client => client.get('a').then(value => `${name} ${value}`))
    await settled(...['one', 'two', 'three'].map(name => context.run(name, task(name))))
    await settled(pool.sendCommand(['BLPOP', 'nothing', '0.1']))
    await settled(pool.execute(() => Promise.reject(new Error('of the task'))))
    await settled(pool.multi().get('a').exec())
    see('shape', pool.execute.name, pool.execute.length, pool.totalClients, pool.idleClients)
    await pool.close()

    // Its client is given back when both have waited too long, however long this machine takes.
    const impatient = await opened({ acquireTimeout: 100 })
    let giveBack
    const long = impatient.execute(() => new Promise(resolve => (giveBack = resolve)))
    await settled(impatient.get('a'))
    impatient.get('b')
    await settled(impatient.get('c'))
    giveBack()
    await settled(long)
    await impatient.close()
  },

  async legacy(client) {
    const old = client.legacy ? client.legacy() : await connected({ legacyMode: true })
    await new Promise(resolve => old.get('text', (...args) => resolve(see('called back', args))))
    await new Promise(resolve => old.lPush('text', 'x', error => resolve(see('called back', error.message))))
    await new Promise(resolve =>
      old
        .multi()
        .get('text')
        .exec((...args) => resolve(see('called back', args)))
    )
    if (!client.legacy) await old.disconnect()
  },

  async subscriber(client) {
    const other = client.duplicate()
    await other.connect()
    let listener
    const heard = new Promise(resolve => {
      listener = (...message) => resolve(message)
    })
    await settled(other.subscribe('news', listener))
    await settled(heard, client.publish('news', 'hello'))
    await settled(other.unsubscribe('news'))
    await settled(other.quit())
  },

  async failures() {
    const lost = createClient({ socket: { port: 1, reconnectStrategy: () => new Error('enough') } })
    lost.on('error', error => see('event', error.code ?? error.message))
    const failed = lost.connect()
    const waiting = settled(failed, lost.get('a'))
    await failed.catch(() => {})
    try {
      await lost.disconnect()
    } catch {}
    await waiting
    const small = await connected({ commandsQueueMaxLength: 8 })
    await settled(...Array.from({ length: 9 }, () => small.get('text')))
    const left = settled(small.get('text'))
    await small.disconnect()
    await left
  }
}

const server = http.createServer(async (_req, res) => {
  const client = await connected()
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
