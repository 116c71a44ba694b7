// Routes of NestJS, in a controller with a prefix and without. ON: `express` or `fastify`.

import 'reflect-metadata'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'

const late = () => new Promise(resolve => setTimeout(resolve, 100, 'late'))

/** What the decorators of a TypeScript class come to. */
function controller(prefix, path) {
  class Handlers {
    handle() {
      return late()
    }
  }
  Get(path)(Handlers.prototype, 'handle', Object.getOwnPropertyDescriptor(Handlers.prototype, 'handle'))
  Controller(prefix)(Handlers)
  return Handlers
}

class App {}
Module({ controllers: [controller('shop/:tenant/orders', ':id/lines'), controller('', 'plain/:id')] })(App)

const fastify = async () => new (await import('@nestjs/platform-fastify')).FastifyAdapter()
const adapter = process.env.ON === 'fastify' ? [await fastify()] : []
const app = await NestFactory.create(App, ...adapter, { logger: false })
app.setGlobalPrefix('api')
await app.listen(0, '127.0.0.1')
console.log(`listening on ${app.getHttpServer().address().port}`)
process.once('disconnect', () => app.close())
