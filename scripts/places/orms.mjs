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
  },
  async prisma() {
    const { PrismaClient } = require('@prisma/client')
    const { PrismaPg } = require('@prisma/adapter-pg')
    const client = new PrismaClient({ adapter: new PrismaPg(place) })
    await client.$executeRawUnsafe('CREATE TABLE prisma_orders (id serial, name text)')
    await client.prisma_orders.create({ data: { name: 'sesame' } })
    await client.$queryRawUnsafe(slow + '::text')
    const found = await client.prisma_orders.findMany({ where: { name: 'sesame' } })
    await client.$disconnect()
    return found
  },
  async mikro() {
    const { MikroORM, EntitySchema } = await import('@mikro-orm/postgresql')
    const properties = { id: { type: 'integer', primary: true, autoincrement: true }, name: { type: 'string' } }
    const Order = new EntitySchema({ name: 'Order', tableName: 'mikro_orders', properties })
    const orm = await MikroORM.init({ ...place, dbName: place.database, entities: [Order] })
    const manager = orm.em.fork()
    await manager.getConnection().execute('CREATE TABLE mikro_orders (id serial, name text)')
    await manager.getConnection().execute(slow)
    manager.create(Order, { name: 'sesame' })
    await manager.flush()
    manager.clear()
    const found = await manager.find(Order, { name: 'sesame' })
    await orm.close()
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
/** Its query engine is WebAssembly inside the client; the driver is `pg`. */
const PRISMA = {
  'prisma/schema.prisma': `generator client {
  provider = "prisma-client-js"
}
datasource db {
  provider = "postgresql"
}
model prisma_orders {
  id   Int    @id @default(autoincrement())
  name String
}
`,
  'prisma.config.ts': `export default { schema: 'prisma/schema.prisma' }
`
}
/** The command would fetch a binary for migrations, which nothing here needs. */
const WITHOUT_BINARIES = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' }

/** mikro-orm 7 wants Node 22.17; npm finds no 6 for an older one. */
const [major, minor] = process.versions.node.split('.').map(Number)
const HAS_MIKRO = major > 22 || (major === 22 && minor >= 17)

const NAMES = {
  knex: 'knex',
  sequelize: 'sequelize',
  typeorm: 'typeorm',
  drizzle: 'drizzle-orm',
  prisma: '@prisma/client',
  ...(HAS_MIKRO && { mikro: '@mikro-orm/postgresql' })
}
const BESIDE = ['pg', 'reflect-metadata', 'prisma', '@prisma/adapter-pg', ...(HAS_MIKRO ? ['@mikro-orm/core'] : [])]

export const orms = {
  packages: [...Object.values(NAMES), ...BESIDE],
  async tried(here, say) {
    here.write('server.js', SERVER)
    for (const [file, text] of Object.entries(PRISMA)) here.write(file, text)
    here.run(process.execPath, ['node_modules/prisma/build/index.js', 'generate'], WITHOUT_BINARIES)
    if (!HAS_MIKRO) say(`mikro-orm is not tried on Node ${process.version}`)
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
          ({ kind, name: called }) => kind === 'db' && called.replace('public.', '') === `SELECT ${orm}_orders`
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
