// A service on Redis by ioredis, as an ES module; see ioredis.js.

import { Redis } from 'ioredis'
import lib from './lib.js'

const { serve } = lib

const client = new Redis(process.env.REDIS_URL)
// 100 ms of the server's time: a script that watches the clock.
const SLOW = `local from = redis.call('TIME')
repeat local now = redis.call('TIME') until (now[1] - from[1]) * 1e6 + now[2] - from[2] > 1e5`
const slow = () => client.call('EVAL', SLOW, '0')

client.once('ready', () =>
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
        return String(replies[1][1])
      },

      '/pipeline': async () => {
        await slow()
        const replies = await client.pipeline().set('a', '2').lpush('a', 'hidden').get('a').exec()
        return `${replies[1][0].message.split(' ')[0]} ${replies[2][1]}`
      },

      '/callback': () =>
        new Promise((resolve, reject) => {
          client.call('EVAL', SLOW, '0', error =>
            error
              ? reject(error)
              : client.get('user:17:name', (failed, name) => (failed ? reject(failed) : resolve(name)))
          )
        }),

      '/blocking': async () => JSON.stringify(await client.blpop('nothing', 0.2)),

      '/error': async () => {
        await slow()
        await client.set('text', 'x')
        return client.lpush('text', 'hidden').catch(error => error.message.split(' ')[0])
      }
    },
    () => client.quit()
  )
)
