// Orders live in PostgreSQL; what an item is, `inventory` knows. Connection by the PG… variables.
const http = require('node:http')
const { json } = require('node:stream/consumers')
const express = require('express')
const { Pool } = require('pg')

const pool = new Pool({ max: 4 })
const app = express()

app.get('/health', (_req, res) => res.json({ ok: true }))

app.get('/orders/:id', async (req, res) => {
  const { rows } = await pool.query('SELECT id, customer FROM orders WHERE id = $1', [req.params.id])
  res.json(rows[0] ?? null)
})

// One query for the lines, then one for each line.
app.get('/orders/:id/lines', async (req, res) => {
  const { rows } = await pool.query('SELECT item_id FROM lines WHERE order_id = $1', [req.params.id])
  const items = []
  for (const { item_id } of rows) {
    const item = await pool.query('SELECT name, price FROM items WHERE id = $1', [item_id])
    items.push(item.rows[0])
  }
  res.json(items)
})

app.get('/orders/:id/stock', (req, res, next) => {
  http
    .get(`${process.env.INVENTORY_URL}/stock/${req.params.id}`, answer =>
      json(answer).then(stock => res.json(stock), next)
    )
    .on('error', next)
})

app.get('/search', async (req, res) => {
  const { rows } = await pool.query(
    `SELECT id, customer FROM orders, pg_sleep(0.6) WHERE customer LIKE '%${Number(req.query.q) || 7}%' LIMIT 5`
  )
  res.json(rows)
})

// Holds its connection for the whole report.
app.post('/report', async (_req, res) => {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    for (let month = 1; month <= 3; month++) {
      await client.query('SELECT count(*) FROM orders, pg_sleep(0.4) WHERE id % 12 = $1', [month])
    }
    await client.query('COMMIT')
  } finally {
    client.release()
  }
  res.json({ done: true })
})

const server = app.listen(process.env.PORT, '127.0.0.1')
process.once('SIGTERM', () => {
  server.close(() => pool.end())
  server.closeIdleConnections()
})
