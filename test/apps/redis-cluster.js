// A service on a Redis Cluster by both clients; CLUSTER is the address of one of its nodes.

const { Cluster } = require('ioredis')
const { createCluster } = require('redis')
const { serve } = require('./lib')

const [host, port] = process.env.CLUSTER.split(':')
const nodes = [{ host, port: Number(port) }]
const ready = new Cluster(nodes)
const cluster = createCluster({ rootNodes: [{ url: `redis://${process.env.CLUSTER}` }] })
const long = () => new Promise(resolve => setTimeout(resolve, 60))
let late

/** It is still connecting for a request that comes at once. */
const bothLate = async () => {
  late ??= new Cluster(nodes, { lazyConnect: true })
  const name = await late.get('user:17:name')
  await long()
  return name
}

Promise.all([cluster.connect(), new Promise(resolve => ready.once('ready', resolve))]).then(() =>
  serve(
    {
      '/redis': async () => {
        await cluster.set('user:17:name', 'sesame')
        const [name] = await cluster.multi().get('user:17:name').exec()
        await long()
        return name
      },

      '/ioredis': async () => {
        await ready.set('user:17:name', 'sesame')
        const [[, name]] = await ready.pipeline().get('user:17:name').exec()
        await ready.multi().get('user:17:name').exec()
        await long()
        return name
      },

      '/late-one': bothLate,
      '/late-two': bothLate
    },
    () => Promise.all([cluster.quit(), ready.quit(), late?.quit()])
  )
)
