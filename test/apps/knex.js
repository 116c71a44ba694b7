// A service that asks PostgreSQL by the knex of the folder LIBRARIES, whose pool has two connections.

const { createRequire } = require('node:module')
const path = require('node:path')
const { serve } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const { PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password, PGDATABASE: database } = process.env
const create = acquireConnectionTimeout =>
  from('knex')({
    client: 'pg',
    connection: { host, port: Number(port), user, password, database },
    pool: { min: 0, max: 2 },
    acquireConnectionTimeout
  })
const knex = create(1000)
const open = []

serve(
  {
    // Both connections, so that no test waits for one to be opened.
    '/warm': () => Promise.all([knex.raw('SELECT pg_sleep(0.1)'), knex.raw('SELECT 1')]).then(() => 'warm'),

    // The third asks while the connections of the others are being opened.
    '/cold': async () => {
      const own = create(10_000)
      const others = [own.raw('SELECT pg_sleep(0.1)'), own.raw('SELECT pg_sleep(0.1)')]
      await new Promise(setImmediate)
      await Promise.all([own.raw('SELECT 1'), ...others])
      await own.destroy()
      return 'warm'
    },

    '/transaction': () =>
      knex.transaction(async transaction => {
        await transaction.raw('SELECT pg_sleep(0.1)')
        return (await transaction.raw('SELECT ? AS secret', ['sesame'])).rows[0].secret
      }),

    '/leak': async () => {
      open.push(await knex.transaction())
      return 'leaked'
    },

    '/quick': async () => (await knex.raw('SELECT 1 AS one')).rows[0].one,

    '/end': () => Promise.all(open.splice(0).map(transaction => transaction.rollback())).then(() => 'over')
  },
  () => knex.destroy()
)
