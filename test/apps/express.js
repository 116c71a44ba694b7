// Routes of express, mounted and plain. LIBRARIES: the folder whose express is meant.

const http = require('node:http')
const { createRequire } = require('node:module')
const path = require('node:path')
const { listen } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const express = from('express')

const late = (_req, res) => setTimeout(() => res.send('late'), 100)
const app = express()
const orders = express.Router()
orders.get('/:id/lines', late)
orders.get('/:id/fails', (_req, _res, next) => setTimeout(() => next(new Error('fails')), 100))
orders.get('/', (_req, _res, next) => next())
app.use('/shop/:tenant/orders', orders)
app.get('/plain/:id', late)
app.get(['/first', '/second'], late)
app.get(/^\/pattern/, late)
app.use((_req, res) => setTimeout(() => res.status(404).send('none'), 100))
app.use((_error, _req, res, _next) => res.status(500).send('failed'))

listen(http.createServer(app))
