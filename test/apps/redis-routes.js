// A service on Redis by the client that it is given: `redis` or its client alone, any version, by require or by import.

const { outsideAnyRequest } = require('./outside')
const { pusherTo } = require('./redis-push')
const { latePort, serve } = require('./lib')

// 100 ms of the server's time: a script that watches the clock.
const SLOW = `local from = redis.call('TIME')
repeat local now = redis.call('TIME') until (now[1] - from[1]) * 1e6 + now[2] - from[2] > 1e5`
const NAME = 'user:17:name'

module.exports = async ({ createClient, createClientPool }) => {
  const options = { url: process.env.REDIS_URL }
  const client = createClient(options)
  const slow = (by = client) => by.sendCommand(['EVAL', SLOW, '0'])
  const pool = createClientPool?.(options, { minimum: 1, maximum: 1 })
  await Promise.all([client.connect(), pool?.connect()])
  await client.del('a')
  let waiting = 0
  let sending = false
  let turnsMs = 0
  const sent = async send => {
    waiting++
    await send()
    waiting--
    return 'sent'
  }
  const SLOWLY = ['EVAL', SLOW.replace('1e5', '4e5'), '0']
  const slowly = () => client.sendCommand(SLOWLY)
  const slowlyIn = batch => batch.addCommand(SLOWLY)
  const outside = outsideAnyRequest(() => sent(slowly))

  /** A worker that asks for its first job as it connects, on the client that requests use. */
  let worker
  const connecting = async (options, seconds) => {
    await worker?.disconnect()
    worker = createClient(options)
    worker.on('error', () => {})
    const connected = worker.connect()
    const asked = worker.sendCommand(['BLPOP', 'nothing', seconds]).catch(() => {})
    return { connected, asked }
  }
  const begin = outsideAnyRequest(async () => {
    await (await connecting(options, '0.4')).connected
    return 'begun'
  })
  const beginLate = async () => {
    const { hostname, port } = new URL(options.url)
    const late = { host: '127.0.0.1', port: await latePort(port, hostname) }
    const { asked } = await connecting({ socket: late }, '0.8')
    return sent(() => asked)
  }
  const beginLateOutside = outsideAnyRequest(beginLate)

  serve(
    {
      '/get': async () => {
        await client.set(NAME, 'sesame')
        await slow()
        return client.get(NAME)
      },

      // 10 MB each time, so that the server has some work.
      '/n-plus-one': async () => {
        await client.setBit('user:17:bits', 80_000_000, 1)
        for (let i = 0; i < 60; i++) await client.sendCommand(['BITCOUNT', 'user:17:bits'])
        await client.del('user:17:bits')
        return 'read'
      },

      // Work in turns of 8 ms, for as long as commands are sent.
      '/turns': async () => {
        const until = performance.now() + 5000
        while (!sending && performance.now() < until) await new Promise(setImmediate)
        while (sending && performance.now() < until) {
          const from = performance.now()
          while (performance.now() < from + 8) {}
          turnsMs += performance.now() - from
          await new Promise(setImmediate)
        }
        return 'worked'
      },
      // No kind of them often enough for a loop. For how long others worked meanwhile.
      '/several': async () => {
        sending = true
        turnsMs = 0
        for (let i = 0; i < 9; i++)
          for (const command of ['GET', 'TTL', 'STRLEN', 'EXISTS']) await client.sendCommand([command, NAME])
        sending = false
        return String(turnsMs)
      },

      '/multi': async () => {
        await slow()
        const replies = await client.multi().set('a', '1').get('a').exec()
        return String(replies[1])
      },

      '/pipeline': async () => {
        await slow()
        const pipeline = client.multi().set('a', '2').lPush('a', 'hidden').get('a')
        return pipeline.execAsPipeline().catch(error => error.message.split(' ')[0])
      },

      '/bytes': async () => {
        await slow()
        return String(await client.get(Buffer.from(NAME)))
      },

      '/connecting': async () => {
        await slow()
        const late = createClient({ ...options, name: 'late', socket: {} })
        const connected = late.connect()
        const name = await late.get(NAME)
        await connected
        await late.disconnect()
        return name
      },

      // Its connection is gone when it is asked.
      '/reconnecting': async () => {
        const late = createClient(options)
        const lost = new Promise(resolve => late.once('error', resolve))
        await late.connect()
        const id = await late.sendCommand(['CLIENT', 'ID'])
        await slow()
        await client.sendCommand(['CLIENT', 'KILL', 'ID', String(id)])
        await lost
        const name = await late.get(NAME)
        await late.disconnect()
        return name
      },

      // The pool has one client: the second of them waits for it, and gets it from the first.
      '/pool-one': () => pool.execute(own => slow(own).then(() => own.get(NAME))),
      '/pool-two': () => pool.execute(own => slow(own).then(() => own.get(NAME))),

      // One connection for both.
      '/before': async () => {
        waiting++
        const reply = await client.sendCommand(['BLPOP', 'nothing', '0.4'])
        waiting--
        return JSON.stringify(reply)
      },
      '/waiting': () => String(waiting),
      '/behind': async () => {
        await client.exists(NAME)
        return 'behind'
      },
      '/slowly': () => sent(() => slowly()),
      '/slow-pipeline': () => sent(() => slowlyIn(client.multi()).get('a').execAsPipeline()),
      '/slow-multi': () => sent(() => slowlyIn(client.multi()).get('a').exec()),
      // A timer that no request has begun.
      '/slow-outside': () => outside(),
      '/begin': () => begin(),
      // Its connection stands 300 ms later: what comes meanwhile is kept back.
      '/begin-late': () => beginLate(),
      '/begin-late-outside': () => beginLateOutside(),
      '/behind-worker': async () => {
        await worker.exists(NAME)
        return 'behind'
      },
      '/pipeline-behind-worker': async () => {
        await worker.multi().exists(NAME).exists('a').execAsPipeline()
        return 'behind'
      },
      '/own': async () => {
        await Promise.all([slowly(), client.exists(NAME), client.exists('a')])
        return 'own'
      },
      '/own-pipeline': async () => {
        await Promise.all([slowlyIn(client.multi()).get('a').execAsPipeline(), client.exists(NAME)])
        return 'own'
      },
      '/pipeline-behind': async () => {
        await client.multi().exists(NAME).exists('a').execAsPipeline()
        return 'behind'
      },
      // It is sent when the answer to what was before it is in the socket.
      '/behind-shortly': async () => {
        const push = await pusherTo('pushed')
        const before = client.sendCommand(['BLPOP', 'pushed', '5'])
        // Until then it is not written.
        for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate)
        push()
        await client.sendCommand(['EVAL', SLOW.replace('1e5', '5e5'), '0'])
        return (await before)[1]
      },

      '/blocking': async () => JSON.stringify(await client.sendCommand(['BLPOP', 'nothing', '0.2'])),

      '/error': async () => {
        await slow()
        await client.set('text', 'x')
        return client.sendCommand(['LPUSH', 'text', 'hidden']).catch(error => error.message.split(' ')[0])
      }
    },
    async () => {
      await pool?.close()
      await worker?.quit()
      await client.quit()
    }
  )
}
