// A named middleware that takes its time, before a handler that does not. ON: express, koa, fastify. LIBRARIES: the folder whose
// packages are meant. `/route` is left by next('route'), `/fails` by an error.

const http = require('node:http')
const { createRequire } = require('node:module')
const path = require('node:path')
const { listen } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const sleep = () => new Promise(resolve => setTimeout(resolve, 80))

const START = {
  express() {
    const express = from('express')
    const app = express()
    app.use(function session(_req, _res, next) {
      setTimeout(next, 80)
    })
    const sub = express.Router()
    sub.get('/orders/:id', function show(_req, res) {
      res.json([app.router?.stack ?? app._router.stack].flat().map(({ name }) => name))
    })
    app.use('/shop', sub)
    app.get('/route', (_req, _res, next) => next('route'))
    app.get('/route', (_req, res) => res.send('passed'))
    app.get('/fails', function fails(_req, _res, next) {
      next(new Error('refused'))
    })
    app.use(function note(error, _req, _res, next) {
      setTimeout(next, 80, error)
    })
    app.use(function explain(error, _req, res, _next) {
      setTimeout(() => res.status(500).send(error.message), 80)
    })
    listen(http.createServer(app))
  },
  koa() {
    const Koa = from('koa')
    const app = new Koa()
    app.use(async function session(_ctx, next) {
      await sleep()
      await next()
    })
    app.use(function show(ctx) {
      if (ctx.path === '/fails') throw Object.assign(new Error('refused'), { expose: true, status: 500 })
      ctx.body = app.middleware.map(({ name, length }) => `${name}${length}`)
    })
    listen(http.createServer(app.callback()))
  },
  async fastify() {
    const app = from('fastify')()
    app.addHook('onRequest', function session(_request, _reply, done) {
      setTimeout(done, 80)
    })
    app.addHook('preHandler', async function allowed(request) {
      await sleep()
      if (request.url === '/fails') throw new Error('refused')
    })
    app.get('/shop/orders/:id', async () => ['here'])
    app.get('/fails', async () => '')
    await app.listen({ port: 0, host: '127.0.0.1' })
    console.log(`listening on ${app.server.address().port}`)
    process.once('disconnect', () => app.close())
  }
}
START[process.env.ON]()
