// A service that puts jobs into a queue and works on them itself, by the bullmq of the folder LIBRARIES.

const { createRequire } = require('node:module')
const path = require('node:path')
const { setTimeout: delay } = require('node:timers/promises')
const { serve } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))

module.exports = function start({ Queue, QueueEvents, Worker }) {
  const { hostname: host, port } = new URL(process.env.REDIS_URL)
  const connection = { host, port: Number(port), maxRetriesPerRequest: null }
  const name = `mail-${process.pid}`
  const redis = new (from('ioredis').default)(process.env.REDIS_URL)
  const queue = new Queue(name, { connection })
  const events = new QueueEvents(name, { connection })
  const attempts = new Map()
  const worker = new Worker(
    name,
    async job => {
      await delay(job.data.ms)
      attempts.set(job.id, (attempts.get(job.id) ?? 0) + 1)
      if (job.data.fails && attempts.get(job.id) < 3) throw new Error('no such mailbox')
      await redis.get('user:17:name')
      return { sent: job.data.to }
    },
    { connection }
  )

  const done = async (kind, data, options) => {
    const job = await queue.add(kind, data, { removeOnComplete: true, ...options })
    return job.waitUntilFinished(events)
  }
  serve(
    {
      '/slow': () => done('send', { ms: 100, to: 'sesame' }),
      '/quick': () => done('quick', { ms: 1, to: 'sesame' }),
      '/fails': () => done('bounce', { ms: 100, fails: true }, { removeOnFail: true }).catch(error => error.message),
      '/again': () => done('again', { ms: 100, fails: true, to: 'sesame' }, { attempts: 3 })
    },
    async () => {
      await worker.close()
      await events.close()
      await queue.obliterate({ force: true })
      await queue.close()
      await redis.quit()
    }
  )
}

if (process.argv[1] === __filename) module.exports(from('bullmq'))
