// A service on Redis by `redis` (DRIVER=redis) or its client alone. LIBRARIES: the folder whose client is meant.

const { createRequire } = require('node:module')
const path = require('node:path')
const { serve } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const { createClient } = from(process.env.DRIVER)

const client = createClient({ url: process.env.REDIS_URL })
// 100 ms of the server's time: a script that watches the clock.
const SLOW = `local from = redis.call('TIME')
repeat local now = redis.call('TIME') until (now[1] - from[1]) * 1e6 + now[2] - from[2] > 1e5`
const slow = () => client.sendCommand(['EVAL', SLOW, '0'])

client.connect().then(() =>
  serve(
    {
      '/get': async () => {
        await client.set('user:17:name', 'sesame')
        await slow()
        return client.get('user:17:name')
      },

      '/n-plus-one': async () => {
        for (let i = 0; i < 800; i++) await client.get(`user:${i}:name`)
        return 'read'
      },

      '/multi': async () => {
        await slow()
        const replies = await client.multi().set('a', '1').get('a').exec()
        return String(replies[1])
      },

      '/blocking': async () => JSON.stringify(await client.sendCommand(['BLPOP', 'nothing', '0.2'])),

      '/error': async () => {
        await slow()
        await client.set('text', 'x')
        return client.sendCommand(['LPUSH', 'text', 'hidden']).catch(error => error.message.split(' ')[0])
      }
    },
    () => client.quit()
  )
)
