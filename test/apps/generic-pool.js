// A service with a pool of two by the generic-pool of the folder LIBRARIES. INSTRUMENTED: OpenTelemetry's instrumentation is there, too.

const { createRequire } = require('node:module')
const path = require('node:path')
const { serve } = require('./lib')

if (process.env.INSTRUMENTED) {
  const { registerInstrumentations } = require('@opentelemetry/instrumentation')
  const { GenericPoolInstrumentation } = require('@opentelemetry/instrumentation-generic-pool')
  registerInstrumentations({ instrumentations: [new GenericPoolInstrumentation()] })
}
const { createPool } = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))('generic-pool')

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const create = (madeInMs, options) =>
  createPool(
    {
      create: () => sleep(madeInMs).then(() => ({})),
      destroy: async () => {},
      validate: () => sleep(150).then(() => true)
    },
    { max: 2, ...options }
  )
const pool = create(0)
const checked = create(0, { min: 1, testOnBorrow: true })
let holding = 0

serve(
  {
    '/warm': async () => {
      const both = await Promise.all([pool.acquire(), pool.acquire(), sleep(100)])
      for (const each of both.slice(0, 2)) await pool.release(each)
      return 'warm'
    },

    '/hold': async () => {
      const held = await pool.acquire()
      holding++
      await sleep(600)
      holding--
      await pool.release(held)
      return 'held'
    },

    '/holding': () => String(holding),

    '/quick': async () => {
      await pool.release(await pool.acquire())
      return 'one'
    },

    // Both are being made for others.
    '/cold': async () => {
      const cold = create(100)
      const all = [cold.acquire(), cold.acquire()]
      const last = cold.acquire()
      for (const each of await Promise.all(all)) await cold.release(each)
      await cold.release(await last)
      return 'warm'
    },

    '/checked': async () => {
      await checked.release(await checked.acquire())
      return 'checked'
    },

    '/timeout': () =>
      create(300, { acquireTimeoutMillis: 100 })
        .acquire()
        .catch(error => error.message)
  },
  () => Promise.all([pool, checked].map(each => each.drain().then(() => each.clear())))
)
