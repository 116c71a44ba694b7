// A service that asks PostgreSQL by the sequelize of the folder LIBRARIES, whose pool has two connections.

const { createRequire } = require('node:module')
const path = require('node:path')
const { serve } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const { Sequelize } = from('sequelize')
const { PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password, PGDATABASE: database } = process.env
const create = acquire =>
  new Sequelize(database, user, password, {
    host,
    port,
    dialect: 'postgres',
    // Known, so that the first query asks nobody for it.
    databaseVersion: '14.0.0',
    logging: false,
    pool: { min: 0, max: 2, acquire }
  })
const sequelize = create(1000)
const open = []
const query = async (text, transaction) => (await sequelize.query(text, { transaction, plain: true })).answer

serve(
  {
    // Both connections, so that no test waits for one to be opened.
    '/warm': () =>
      Promise.all([query('SELECT pg_sleep(0.1) AS answer'), query('SELECT 1 AS answer')]).then(() => 'warm'),

    // The third asks while the connections of the others are being opened.
    '/cold': async () => {
      const own = create(10_000)
      const others = [own.query('SELECT pg_sleep(0.1)'), own.query('SELECT pg_sleep(0.1)')]
      await new Promise(setImmediate)
      await Promise.all([own.query('SELECT 1'), ...others])
      await own.close()
      return 'warm'
    },

    '/transaction': () =>
      sequelize.transaction(async transaction => {
        await query('SELECT pg_sleep(0.1) AS answer', transaction)
        return query("SELECT 'sesame' AS answer", transaction)
      }),

    '/leak': async () => {
      open.push(await sequelize.transaction())
      return 'leaked'
    },

    '/quick': () => query('SELECT 1 AS answer'),

    '/end': () => Promise.all(open.splice(0).map(transaction => transaction.rollback())).then(() => 'over')
  },
  () => sequelize.close()
)
