// Routes of @koa/router on koa, plain and nested. LIBRARIES: the folder whose packages are meant.

const http = require('node:http')
const { createRequire } = require('node:module')
const path = require('node:path')
const { listen } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const Koa = from('koa')
const koaRouter = from('@koa/router')
const Router = koaRouter.Router ?? koaRouter

const late = async ctx => {
  await new Promise(resolve => setTimeout(resolve, 100))
  ctx.body = 'late'
}
const orders = new Router()
orders.get('/:id/lines', late)
const shop = new Router()
shop.use('/shop/:tenant/orders', orders.routes())
shop.get('/plain/:id', late)
shop.get(/^\/pattern/, late)

const app = new Koa()
app.use(shop.routes())
app.use(async (_ctx, next) => {
  await new Promise(resolve => setTimeout(resolve, 100))
  await next()
})
listen(http.createServer(app.callback()))
