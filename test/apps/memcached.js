// A service on memcached by DRIVER, `memcached` or `memjs`, behind a line that takes 30 ms in each direction. What an application
// sees of the same commands is told at /behaviour.

const { AsyncLocalStorage } = require('node:async_hooks')
const net = require('node:net')
const { createRequire } = require('node:module')
const path = require('node:path')
const { promisify } = require('node:util')
const { serve } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const [host, port] = process.env.MEMCACHED.split(':')
const context = new AsyncLocalStorage()
const LINE_MS = 30

const line = net.createServer(near => {
  const far = net.connect(port, host)
  const later = to => data => setTimeout(() => to.writable && to.write(data), LINE_MS)
  near.on('data', later(far)).on('error', () => {})
  far.on('data', later(near)).on('error', () => {})
  near.on('close', () => far.destroy())
  far.on('close', () => near.destroy())
})

const clients = {
  memcached(address) {
    const client = new (from('memcached'))(address)
    const call = name => promisify(client[name].bind(client))
    return {
      set: (key, value) => call('set')(key, value, 60),
      get: async key => (await call('get')(key)) ?? null,
      many: keys => call('getMulti')(keys),
      remove: key => call('del')(key),
      later: (key, callback) => client.get(key, callback),
      fails: () => call('incr')('text', 1),
      close: () => client.end()
    }
  },
  memjs(address) {
    // After half a second without an answer, its default, it sends the command again, which is told as another one.
    const client = from('memjs').Client.create(address, { logger: { log() {} }, timeout: 10 })
    const call = name => promisify(client[name].bind(client))
    const text = value => value && String(value)
    return {
      set: (key, value) => call('set')(key, value, {}),
      get: key => call('get')(key).then(text),
      remove: key => call('delete')(key),
      later: (key, callback) => client.get(key, (error, value) => callback(error, text(value))),
      fails: () => call('increment')('text', 1, {}),
      close: () => client.close()
    }
  }
}

line.listen(0, '127.0.0.1', () => {
  const address = `127.0.0.1:${line.address().port}`
  const client = clients[process.env.DRIVER](address)
  const outcome = promise =>
    promise.then(
      value => ['value', value, context.getStore()],
      error => ['error', error.name, error.message, Object.keys(error), context.getStore()]
    )

  async function behaviour() {
    const seen = []
    for (const step of [
      () => client.set('text', 'a'),
      () => client.get('text'),
      () => client.get('none'),
      () => client.remove('none'),
      () => client.fails(),
      () => client.many?.(['text', 'none']) ?? Promise.resolve()
    ]) {
      seen.push(await outcome(step()))
    }
    seen.push(await Promise.all(['one', 'two'].map(name => context.run(name, () => outcome(client.get('text'))))))
    return seen
  }

  serve(
    {
      '/get': async () => {
        await client.set('user:17:name', 'sesame')
        return client.get('user:17:name')
      },
      // The second command is given in the callback of the first, which the connection's socket calls.
      '/callback': () =>
        new Promise((resolve, reject) =>
          client.later('user:17:name', error =>
            error
              ? reject(error)
              : client.later('user:18:name', (error, value) => (error ? reject(error) : resolve(String(value))))
          )
        ),
      '/error': async () => {
        await client.set('text', 'sesame')
        return client.fails().then(
          () => 'no error',
          () => 'an error'
        )
      },
      '/remove': async () => String(await client.remove('user:19:name')),
      '/many': async () => JSON.stringify(await client.many(['user:20:name', 'user:21:name'])),
      '/behaviour': () => context.run('of the request', behaviour)
    },
    () => {
      client.close()
      line.close()
    }
  )
})
