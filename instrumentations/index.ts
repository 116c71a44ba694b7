// Every library that is known. The order is that of the README; none depends on another.

import type { Instrumentation } from '../lib/hook/index.js'
import { adonis } from './adonis.js'
import { bluebird } from './bluebird.js'
import { bullmq } from './bullmq.js'
import { bunyan } from './bunyan.js'
import { childProcess } from './child_process.js'
import { consoleLines } from './console.js'
import { dns } from './dns.js'
import { express } from './express.js'
import { fastify } from './fastify.js'
import { genericPool } from './generic_pool.js'
import { graphql } from './graphql.js'
import { grpc } from './grpc.js'
import { hapi } from './hapi.js'
import { hono } from './hono.js'
import { http } from './http.js'
import { httpClient } from './http_client.js'
import { http2Client } from './http2_client.js'
import { http2Server } from './http2_server.js'
import { ioredis } from './ioredis.js'
import { knex } from './knex.js'
import { koa } from './koa.js'
import { mariadb } from './mariadb.js'
import { memcached } from './memcached.js'
import { middleware } from './middleware.js'
import { mongodb } from './mongodb.js'
import { mysql } from './mysql.js'
import { mysql2 } from './mysql2.js'
import { nats } from './nats.js'
import { pg } from './pg.js'
import { pino } from './pino.js'
import { postgres } from './postgres.js'
import { redis } from './redis.js'
import { sequelize } from './sequelize.js'
import { undici } from './undici.js'
import { winston } from './winston.js'

export const instrumentations: Instrumentation[] = [
  http,
  http2Server,
  httpClient,
  http2Client,
  undici,
  dns,
  childProcess,
  grpc,
  pg,
  postgres,
  mysql,
  mysql2,
  mariadb,
  knex,
  sequelize,
  genericPool,
  mongodb,
  redis,
  ioredis,
  memcached,
  bullmq,
  bluebird,
  nats,
  express,
  fastify,
  koa,
  hapi,
  hono,
  adonis,
  graphql,
  middleware,
  pino,
  winston,
  bunyan,
  consoleLines
]
