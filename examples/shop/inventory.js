// Stock levels in memory, their history in MariaDB where there is one, and an export that somebody wrote in a hurry.
const express = require('express')
const mysql = require('mysql2/promise')

const stock = Array.from({ length: 4000 }, (_, id) => ({ id, name: `item ${id}`, count: (id * 7) % 100 }))
const db = process.env.MYSQL_URL ? mysql.createPool(process.env.MYSQL_URL) : undefined
const app = express()

app.get('/health', (_req, res) => res.json({ ok: true }))

app.get('/stock/:id', async (req, res) => {
  await new Promise(resolve => setTimeout(resolve, 20))
  res.json(stock[req.params.id] ?? null)
})

app.get('/export', (_req, res) => res.type('csv').send(renderCsv(stock)))

app.get('/history/:id', async (req, res) => {
  const [rows] = await db.query('SELECT SLEEP(0.6) AS slept, ? AS id', [req.params.id])
  res.json(rows)
})

// Sorts everything again for each of its lines.
function renderCsv(items) {
  const lines = []
  const until = Date.now() + 700
  while (Date.now() < until) {
    const sorted = [...items].sort((a, b) => b.count - a.count)
    lines.push(`${sorted[lines.length % items.length].id},${lines.length}`)
  }
  return lines.join('\n')
}

const server = app.listen(process.env.PORT, '127.0.0.1')
process.once('SIGTERM', () => {
  server.close(() => db?.end())
  server.closeIdleConnections()
})
