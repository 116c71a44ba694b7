// A service on Redis by the ioredis that it is given, any version, by require or by import.

const { latePort, serve } = require('./lib')
const { outsideAnyRequest } = require('./outside')
const { dropping } = require('./redis-dropping')
const { pusherTo } = require('./redis-push')

// 100 ms of the server's time: a script that watches the clock.
const SLOW = `local from = redis.call('TIME')
repeat local now = redis.call('TIME') until (now[1] - from[1]) * 1e6 + now[2] - from[2] > 1e5`
const NAME = 'user:17:name'

module.exports = Redis => {
  const client = new Redis(process.env.REDIS_URL)
  const slow = () => client.call('EVAL', SLOW, '0')
  let late
  let waiting = 0
  const sent = async send => {
    waiting++
    await send()
    waiting--
    return 'sent'
  }
  const slowlyIn = ['eval', SLOW.replace('1e5', '4e5'), 0]
  const slowly = () => client.call(...slowlyIn)
  // Its own INFO would be under the timeout too, and say on a busy machine that it failed.
  const impatient = new Redis(process.env.REDIS_URL, { commandTimeout: 250, enableReadyCheck: false })
  const outside = outsideAnyRequest(() => sent(slowly))
  const automatic = new Redis(process.env.REDIS_URL, { enableAutoPipelining: true })

  /** A worker that asks for its first job as it connects, on the client that requests use. */
  let worker
  const connecting = (options, seconds) => {
    worker?.disconnect()
    worker = new Redis(options)
    return worker.blpop('nothing', seconds).catch(() => {})
  }
  const begin = outsideAnyRequest(async () => {
    connecting(process.env.REDIS_URL, 0.4)
    await new Promise(resolve => worker.once('ready', resolve))
    return 'begun'
  })
  const beginLate = async () => {
    const { hostname, port } = new URL(process.env.REDIS_URL)
    const late = { host: '127.0.0.1', port: await latePort(port, hostname), retryStrategy: null }
    return sent(() => connecting(late, 0.8))
  }
  const beginLateOutside = outsideAnyRequest(beginLate)

  /** It is still connecting for a request that comes at once. */
  const bothLate = async () => {
    late ??= new Redis(process.env.REDIS_URL, { lazyConnect: true })
    const name = await late.get(NAME)
    await slow()
    return name
  }

  let dropped
  const connectDropped = async () => {
    const way = await dropping()
    dropped = { way, own: new Redis(way.port, '127.0.0.1', { retryStrategy: () => 400 }) }
    return dropped.own.get(NAME)
  }
  /** Its client loses its connection by what `send` sends, and has another one 400 ms later. */
  const onceDropped = send => {
    dropped.way.cut()
    return send(dropped.own)
  }

  const bothAutomatic = async () => {
    await slow()
    return automatic.get(NAME)
  }

  const batch = async () => {
    const [name] = await Promise.all([automatic.get(NAME), automatic.eval(SLOW, 0)])
    return name
  }

  client.del('a')
  client.set(NAME, 'sesame')
  client.once('ready', () =>
    serve(
      {
        '/batch': batch,

        '/get': async () => {
          await client.set(NAME, 'sesame')
          await slow()
          return client.get(NAME)
        },

        // 10 MB each time, so that the server has some work.
        '/n-plus-one': async () => {
          await client.setbit('user:17:bits', 80_000_000, 1)
          for (let i = 0; i < 60; i++) await client.bitcount('user:17:bits')
          await client.del('user:17:bits')
          return 'read'
        },

        '/multi': async () => {
          await slow()
          const replies = await client.multi().set('a', '1').get('a').exec()
          return String(replies[1][1])
        },

        '/pipeline': async () => {
          await slow()
          const replies = await client.pipeline().set('a', '2').lpush('a', 'hidden').get('a').exec()
          return replies[1][0].message.split(' ')[0]
        },

        '/transaction': async () => {
          await slow()
          await client.multi({ pipeline: false })
          await client.get(NAME)
          return JSON.stringify(await client.exec())
        },

        '/bytes': async () => {
          await slow()
          return client.get(Buffer.from(NAME))
        },

        '/connecting': async () => {
          await slow()
          const own = new Redis(process.env.REDIS_URL, { lazyConnect: true, connectionName: 'late' })
          const name = await own.get(NAME)
          own.disconnect()
          return name
        },

        '/connect-dropped': connectDropped,
        '/dropped': () => onceDropped(own => own.get(NAME)),
        '/dropped-pipeline': () =>
          onceDropped(async own => String((await own.pipeline().exists(NAME).get(NAME).exec())[1][1])),

        '/callback': () =>
          new Promise((resolve, reject) => {
            client.call('EVAL', SLOW, '0', error =>
              error ? reject(error) : client.get(NAME, (failed, name) => (failed ? reject(failed) : resolve(name)))
            )
          }),

        '/late-one': bothLate,
        '/late-two': bothLate,
        '/automatic-one': bothAutomatic,
        '/automatic-two': bothAutomatic,

        // One connection for both.
        '/before': async () => {
          waiting++
          const reply = await client.blpop('nothing', 0.4)
          waiting--
          return JSON.stringify(reply)
        },
        '/waiting': () => String(waiting),
        '/behind': async () => {
          await client.exists(NAME)
          return 'behind'
        },
        '/slowly': () => sent(() => slowly()),
        // Given up before it is answered.
        '/given-up': () => impatient.call(...slowlyIn).catch(error => error.message),
        '/given-up-pipeline': async () => {
          const [, [error]] = await impatient.pipeline([slowlyIn, ['get', 'a']]).exec()
          return error.message
        },
        '/behind-given-up': async () => String(await impatient.exists(NAME)),
        '/slow-pipeline': () => sent(() => client.pipeline([slowlyIn, ['get', 'a']]).exec()),
        '/slow-multi': () => sent(() => client.multi([slowlyIn, ['get', 'a']]).exec()),
        // A timer that no request has begun.
        '/slow-outside': () => outside(),
        '/begin': () => begin(),
        // Its connection stands 300 ms later: what comes meanwhile is kept back.
        '/begin-late': () => beginLate(),
        '/begin-late-outside': () => beginLateOutside(),
        '/pipeline-behind-worker': async () => {
          await worker.pipeline().exists(NAME).exists('a').exec()
          return 'behind'
        },
        '/behind-worker': async () => {
          await worker.exists(NAME)
          return 'behind'
        },
        '/own': async () => {
          await Promise.all([slowly(), client.exists(NAME), client.exists('a')])
          return 'own'
        },
        '/own-pipeline': async () => {
          await Promise.all([client.pipeline([slowlyIn, ['get', 'a']]).exec(), client.exists(NAME)])
          return 'own'
        },
        '/pipeline-behind': async () => {
          await client.pipeline().exists(NAME).exists('a').exec()
          return 'behind'
        },
        // It is sent when the answer to what was before it is in the socket.
        '/behind-shortly': async () => {
          const push = await pusherTo('pushed')
          const before = client.blpop('pushed', 5)
          push()
          await client.call('EVAL', SLOW.replace('1e5', '5e5'), '0')
          return (await before)[1]
        },

        '/blocking': async () => JSON.stringify(await client.blpop('nothing', 0.2)),

        '/error': async () => {
          await slow()
          await client.set('text', 'x')
          return client.lpush('text', 'hidden').catch(error => error.message.split(' ')[0])
        }
      },
      () => Promise.all([client, late, automatic, impatient, worker, dropped?.own].map(each => each?.quit()))
    )
  )
}
