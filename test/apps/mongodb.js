// A service on a stand-in for MongoDB, by the driver of the folder LIBRARIES.

const { AsyncLocalStorage } = require('node:async_hooks')
const { createRequire } = require('node:module')
const path = require('node:path')
const { serve } = require('./lib')
const startMongo = require('./mongodb-server')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const context = new AsyncLocalStorage()

module.exports = async function start(driver) {
  const server = await startMongo(driver)
  const options = { serverApi: '1', maxPoolSize: 2 }
  const client = new driver.MongoClient(`mongodb://127.0.0.1:${server.address().port}`, options)
  const orders = client.db('shop').collection('orders')
  const find = ms => orders.find({ ms, secret: 'sesame' }).toArray()
  const outcome = promise =>
    promise.then(
      value => ['value', value, context.getStore()],
      error => ['error', error.name, error.code, error.message, Object.keys(error).sort(), context.getStore()]
    )

  async function behaviour() {
    const seen = []
    for (const step of [
      () => find(1),
      () => orders.insertOne({ _id: 1, name: 'x' }),
      () => client.db('shop').command({ bogus: 1 }),
      () => client.db('shop').dropCollection('none'),
      () => Promise.all(['one', 'two', 'three'].map(name => context.run(name, () => outcome(find(5)))))
    ]) {
      seen.push(await outcome((async () => step())()))
    }
    return seen
  }

  serve(
    {
      '/find': async () => (await find(100))[0].name,
      '/loop': async () => {
        for (let i = 0; i < 12; i++) await find(8)
        return 'found'
      },
      '/insert': async () => {
        await find(100)
        return String((await orders.insertOne({ _id: 2, secret: 'sesame' })).acknowledged)
      },
      '/error': async () => {
        await find(100)
        return client
          .db('shop')
          .command({ bogus: 1 })
          .catch(error => error.message)
      },
      '/hold': async () => (await find(400))[0].name,
      '/quick': async () => (await find(1))[0].name,
      '/behaviour': () => context.run('of the request', behaviour)
    },
    async () => {
      await client.close()
      server.close()
    }
  )
}

if (process.argv[1] === __filename) module.exports(from('mongodb'))
