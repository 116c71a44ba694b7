// As koa.js, imported.

import { createServer } from 'node:http'
import Router from '@koa/router'
import Koa from 'koa'
import lib from './lib.js'

const router = new Router()
router.get('/plain/:id', async ctx => {
  await new Promise(resolve => setTimeout(resolve, 100))
  ctx.body = 'late'
})
const app = new Koa()
app.use(router.routes())
lib.listen(createServer(app.callback()))
