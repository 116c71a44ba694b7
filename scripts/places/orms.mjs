// ORMs above `pg`, at a PostgreSQL: what their statements look like in a report.

import { environment, startServices } from '../services.mjs'

const SERVER = `require('reflect-metadata')
const http = require('node:http')
const place = { host: process.env.PGHOST, port: Number(process.env.PGPORT), user: process.env.PGUSER, password: process.env.PGPASSWORD, database: process.env.PGDATABASE }
const slow = 'SELECT pg_sleep(0.1)'
const orms = {
  async knex() {
    const knex = require('knex')({ client: 'pg', connection: place })
    await knex.schema.createTable('knex_orders', table => { table.increments(); table.text('name') })
    await knex('knex_orders').insert({ name: 'sesame' })
    await knex.raw(slow)
    const found = await knex('knex_orders').where({ name: 'sesame' })
    await knex.destroy()
    return found
  },
  async sequelize() {
    const { Sequelize, DataTypes } = require('sequelize')
    const sequelize = new Sequelize({ dialect: 'postgres', logging: false, ...place, username: place.user })
    const Order = sequelize.define('sequelize_orders', { name: DataTypes.TEXT })
    await Order.sync()
    await Order.create({ name: 'sesame' })
    await sequelize.query(slow)
    const found = await Order.findAll({ where: { name: 'sesame' } })
    await sequelize.close()
    return found
  },
  async typeorm() {
    const { DataSource, EntitySchema } = require('typeorm')
    const Order = new EntitySchema({ name: 'typeorm_orders', columns: { id: { type: Number, primary: true, generated: true }, name: { type: 'text' } } })
    const source = await new DataSource({ type: 'postgres', ...place, username: place.user, entities: [Order], synchronize: true }).initialize()
    await source.getRepository(Order).save({ name: 'sesame' })
    await source.query(slow)
    const found = await source.getRepository(Order).findBy({ name: 'sesame' })
    await source.destroy()
    return found
  },
  async drizzle() {
    const { drizzle } = require('drizzle-orm/node-postgres')
    const { eq, sql } = require('drizzle-orm')
    const { pgTable, serial, text } = require('drizzle-orm/pg-core')
    const pool = new (require('pg').Pool)(place)
    const orders = pgTable('drizzle_orders', { id: serial('id'), name: text('name') })
    const db = drizzle(pool)
    await db.execute(sql.raw('CREATE TABLE drizzle_orders (id serial, name text)'))
    await db.insert(orders).values({ name: 'sesame' })
    await db.execute(sql.raw(slow))
    const found = await db.select().from(orders).where(eq(orders.name, 'sesame'))
    await pool.end()
    return found
  }
}
const server = http.createServer(async (req, res) => {
  try {
    res.end(JSON.stringify(await orms[req.url.slice(1)]()))
  } catch (error) {
    res.writeHead(500).end(String(error.stack))
  }
})
server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port))
process.once('SIGINT', () => process.exit(0))
`
const NAMES = { knex: 'knex', sequelize: 'sequelize', typeorm: 'typeorm', drizzle: 'drizzle-orm' }

export const orms = {
  packages: [...Object.values(NAMES), 'pg', 'reflect-metadata'],
  async tried(here, say) {
    here.write('server.js', SERVER)
    const services = await startServices(['postgres'])
    try {
      const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = environment(services)
      const env = { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE }
      const program = await here.start(['--require', 'perfagent/register', 'server.js'], env)
      for (const [orm, name] of Object.entries(NAMES)) {
        const answer = await program.get(`/${orm}`)
        const report = await program.report(`/${orm}`)
        if (report.request.statusCode !== 200) throw new Error(`${name}: ${answer}`)
        const found = report.operations.find(
          ({ kind, name: called }) => kind === 'db' && called === `SELECT ${orm}_orders`
        )
        if (!found) throw new Error(`${name}: ${report.operations.map(({ name: called }) => called).join(', ')}`)
        if (JSON.stringify(report).includes('sesame')) throw new Error(`${name}: a value is in the report`)
        say(`${name}: ${found.name}: ${found.text.slice(0, 120)}; ${report.verdict.cause}`)
      }
      await program.end()
    } finally {
      await services.stop()
    }
  }
}
