// A service that is asked by HTTP and asks itself by gRPC, with the @grpc/grpc-js of the folder LIBRARIES: each kind of method.
// What both ends of it see is told at /behaviour.

const { AsyncLocalStorage } = require('node:async_hooks')
const { once } = require('node:events')
const { createRequire } = require('node:module')
const net = require('node:net')
const path = require('node:path')
const { setTimeout: delay } = require('node:timers/promises')
const { serve } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const context = new AsyncLocalStorage()

module.exports = function start(grpc) {
  const text = { to: value => Buffer.from(value), from: buffer => String(buffer) }
  const method = (name, requestStream, responseStream) => ({
    path: `/shop.Stock/${name}`,
    requestStream,
    responseStream,
    requestSerialize: text.to,
    requestDeserialize: text.from,
    responseSerialize: text.to,
    responseDeserialize: text.from
  })
  const service = {
    get: method('Get', false, false),
    fails: method('Fails', false, false),
    headers: method('Headers', false, false),
    list: method('List', false, true),
    many: method('Many', false, true),
    listFails: method('ListFails', false, true),
    add: method('Add', true, false),
    talk: method('Talk', true, true),
    hang: method('Hang', false, false),
    busy: method('Busy', false, false),
    last: method('Last', false, false)
  }
  const retryPolicy = {
    maxAttempts: 3,
    initialBackoff: '0.1s',
    maxBackoff: '0.2s',
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE']
  }
  const retries = JSON.stringify({ methodConfig: [{ name: [{ service: 'shop.Stock', method: 'Busy' }], retryPolicy }] })
  let asked = 0

  const server = new grpc.Server()
  server.addService(service, {
    get: (call, callback) => setTimeout(() => callback(null, `${call.request} is there`), 100),
    fails: (_call, callback) =>
      setTimeout(() => callback({ code: grpc.status.NOT_FOUND, details: 'no such thing' }), 100),
    headers: (call, callback) => callback(null, JSON.stringify(call.metadata.getMap())),
    async list(call) {
      for (const word of ['one', 'two']) {
        await delay(50)
        call.write(word)
      }
      call.end()
    },
    many(call) {
      for (let i = 0; i < 60; i++) call.write('word')
      call.end()
    },
    listFails: call => setTimeout(() => call.emit('error', { code: grpc.status.DATA_LOSS, details: 'lost' }), 100),
    add(call, callback) {
      let all = ''
      call.on('data', word => {
        all += word
      })
      call.on('end', () => setTimeout(() => callback(null, all), 100))
    },
    talk(call) {
      call.on('data', word => setTimeout(() => call.write(`${word}!`), 60))
      call.on('end', () => setTimeout(() => call.end(), 100))
    },
    hang() {},
    busy: (call, callback) =>
      setTimeout(
        () => (asked++ % 2 === 0 ? callback({ code: grpc.status.UNAVAILABLE }) : callback(null, call.request)),
        60
      )
  })

  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error
    const client = new (grpc.makeGenericClientConstructor(service, 'Stock'))(
      `127.0.0.1:${port}`,
      grpc.credentials.createInsecure(),
      { 'grpc.service_config': retries }
    )
    const unary = (name, argument, metadata = new grpc.Metadata(), options = {}) =>
      new Promise((resolve, reject) =>
        client[name](argument, metadata, options, (error, value) => (error ? reject(error) : resolve(value)))
      )
    const list = async (name = 'list', eachMs = 0) => {
      const words = []
      for await (const word of client[name]('all')) {
        if (eachMs > 0) await delay(eachMs)
        words.push(word)
      }
      return words.join()
    }
    const add = () =>
      new Promise((resolve, reject) => {
        const call = client.add((error, value) => (error ? reject(error) : resolve(value)))
        call.write('a')
        call.end('b')
      })
    const talk = async () => {
      const call = client.talk()
      call.end('hello')
      const [answer] = await once(call, 'data')
      await once(call, 'status')
      return answer
    }
    const freeAddress = async () => {
      const free = net.createServer().listen(0, '127.0.0.1')
      await once(free, 'listening')
      const address = `127.0.0.1:${free.address().port}`
      await new Promise(resolve => free.close(resolve))
      return address
    }
    /** Many calls whose server is not there. Answers how many watchers their channel still has. */
    const away = async () => {
      const own = new (grpc.makeGenericClientConstructor(service, 'Stock'))(
        await freeAddress(),
        grpc.credentials.createInsecure()
      )
      const channel = own.getChannel()
      const { watchConnectivityState: watch } = channel
      let watchers = 0
      channel.watchConnectivityState = (state, deadline, changed) => {
        watchers++
        watch.call(channel, state, deadline, error => {
          watchers--
          changed(error)
        })
      }
      for (let i = 0; i < 50; i++) await new Promise(resolve => own.get('it', resolve))
      const left = watchers
      own.close()
      return String(left)
    }
    /** Whose server is there only after a while. */
    const early = async () => {
      const address = await freeAddress()
      const options = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 100 }
      const own = new (grpc.makeGenericClientConstructor(service, 'Stock'))(
        address,
        grpc.credentials.createInsecure(),
        options
      )
      const answer = new Promise((resolve, reject) => {
        const metadata = new grpc.Metadata({ waitForReady: true })
        own.get('it', metadata, (error, value) => (error ? reject(error) : resolve(value)))
      })
      await delay(120)
      const server = new grpc.Server()
      server.addService(service, { get: (call, callback) => callback(null, `${call.request} is there`) })
      server.bindAsync(address, grpc.ServerCredentials.createInsecure(), () => {})
      const value = await answer
      own.close()
      server.forceShutdown()
      return value
    }
    /** Whose server takes one stream at once. */
    const narrow = async () => {
      const server = new grpc.Server({ 'grpc.max_concurrent_streams': 1 })
      const get = (call, callback) => setTimeout(() => callback(null, `${call.request} is there`), 100)
      server.addService(service, { get, last: get })
      const port = await new Promise((resolve, reject) =>
        server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
          error ? reject(error) : resolve(port)
        )
      )
      const Stock = grpc.makeGenericClientConstructor(service, 'Stock')
      const own = new Stock(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
      const metadata = new grpc.Metadata()
      const ask = (name, argument) =>
        new Promise((resolve, reject) =>
          own[name](argument, metadata, (error, value) => (error ? reject(error) : resolve(value)))
        )
      await ask('get', 'first')
      const before = [1, 2, 3, 4].map(() => ask('get', 'it'))
      const left = own.get('nothing', metadata, () => {})
      setTimeout(() => left.cancel(), 20)
      const value = await ask('last', 'last')
      await Promise.all(before)
      own.close()
      server.forceShutdown()
      return value
    }
    const late = () => unary('hang', 'x', undefined, { deadline: Date.now() + 100 })
    const outcome = promise =>
      promise.then(
        value => ['value', value, context.getStore()],
        error => ['error', error.name, error.code, error.details, Object.keys(error).sort(), context.getStore()]
      )

    async function behaviour() {
      const seen = []
      for (const step of [
        () => unary('get', 'it'),
        () => unary('fails', 'it'),
        () => list(),
        () => list('listFails'),
        add,
        () => late().catch(error => error.code),
        () => unary('nothing', 'it').catch(error => error.name)
      ]) {
        seen.push(await outcome((async () => step())()))
      }
      const metadata = new grpc.Metadata()
      metadata.set('mine', 'x')
      await unary('get', 'it', metadata)
      seen.push(metadata.getMap())
      return seen
    }

    serve(
      {
        '/unary': () => unary('get', 'it'),
        '/fails': () => unary('fails', 'it').catch(error => error.details),
        '/list': () => list(),
        '/read-slowly': () => list('many', 10),
        '/list-fails': () => list('listFails').catch(error => error.details),
        '/add': add,
        '/talk': talk,
        '/away': away,
        '/early': early,
        '/narrow': narrow,
        '/busy': () => unary('busy', 'it'),
        '/late': () => late().catch(error => String(error.code)),
        '/headers': async () => {
          await delay(60)
          return unary('headers', 'x')
        },
        '/behaviour': () => context.run('of the request', behaviour)
      },
      () => {
        client.close()
        server.forceShutdown()
      }
    )
  })
}

if (process.argv[1] === __filename) module.exports(from('@grpc/grpc-js'))
