// A way to Redis that is cut when it is told so: the next command never gets there, and its client's connection is closed.

const { once } = require('node:events')
const net = require('node:net')

/** Resolves with the way's `port`, and with `cut`, which cuts it at the next command. */
exports.dropping = async function dropping() {
  const { hostname, port } = new URL(process.env.REDIS_URL)
  let isCut = false
  const server = net.createServer(client => {
    const redis = net.connect(port, hostname)
    client.on('data', data => {
      if (!isCut) return redis.write(data)
      isCut = false
      return client.destroy()
    })
    redis.pipe(client)
    client.on('error', () => {}).on('close', () => redis.destroy())
    redis.on('error', () => {}).on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  const cut = () => {
    isCut = true
  }
  return { port: server.address().port, cut }
}
