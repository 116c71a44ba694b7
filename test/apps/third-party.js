// Libraries that perfagent knows nothing of, instrumented by what OpenTelemetry has for them. `registerInstrumentations` is all.

const { registerInstrumentations } = require('@opentelemetry/instrumentation')
const { DataloaderInstrumentation } = require('@opentelemetry/instrumentation-dataloader')
const { GraphQLInstrumentation } = require('@opentelemetry/instrumentation-graphql')
const { KnexInstrumentation } = require('@opentelemetry/instrumentation-knex')
const { PgInstrumentation } = require('@opentelemetry/instrumentation-pg')

registerInstrumentations({
  instrumentations: [
    new DataloaderInstrumentation(),
    new GraphQLInstrumentation(),
    new KnexInstrumentation(),
    new PgInstrumentation()
  ]
})

const { createRequire } = require('node:module')
const path = require('node:path')
const DataLoader = require('dataloader')
// Their instrumentation knows graphql up to 16.
const { buildSchema, graphql } = createRequire(path.join(__dirname, '../versions/before-channels/index.js'))('graphql')
const knex = require('knex')
const { serve } = require('./lib')

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const schema = buildSchema('type Query { slow: String }')
// By PGHOST and its kind.
const database = process.env.PGHOST && knex({ client: 'pg', connection: { host: process.env.PGHOST } })

serve(
  {
    '/dataloader': async () => {
      const loader = new DataLoader(async keys => {
        await sleep(80)
        return keys
      })
      return await loader.loadMany(['a', 'b'])
    },
    '/graphql': () => graphql({ schema, source: '{ slow }', rootValue: { slow: () => sleep(80).then(() => 'late') } }),
    '/knex': async () => (await database.raw("SELECT pg_sleep(0.2), 'sesame' AS secret")).rows.length + ''
  },
  () => database?.destroy()
)
