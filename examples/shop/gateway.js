// The shop's front door: asks `orders`, and keeps carts in Redis where there is one.
const express = require('express')
const { createClient } = require('redis')

const orders = process.env.ORDERS_URL
const redis = process.env.REDIS_URL ? createClient({ url: process.env.REDIS_URL }) : undefined
const app = express()

const ask = async path => (await fetch(orders + path)).json()

app.get('/health', (_req, res) => res.json({ ok: true }))

app.get('/shop/orders/:id', async (req, res) => res.json(await ask(`/orders/${req.params.id}`)))

app.get('/shop/orders/:id/stock', async (req, res) => res.json(await ask(`/orders/${req.params.id}/stock`)))

app.get('/shop/search', async (req, res) => res.json(await ask(`/search?q=${encodeURIComponent(req.query.q ?? '')}`)))

// Reads a cart one line at a time.
app.get('/shop/cart/:id', async (req, res) => {
  const lines = []
  for (let line = 0; line < 3000; line++) lines.push(await redis.get(`cart:${req.params.id}:line:${line}`))
  res.json({ lines: lines.length })
})

async function main() {
  await redis?.connect()
  const server = app.listen(process.env.PORT, '127.0.0.1')
  process.once('SIGTERM', () => {
    server.close(() => redis?.quit())
    server.closeIdleConnections()
  })
}

main()
