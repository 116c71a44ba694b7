// Does a little of everything in each request, and answers with what came of it: nothing in it differs between two runs. GET /own
// does the same with a stack overflow before it.

const http = require('node:http')
const express = require('express')
const perfagent = require('perfagent')
const { listen } = require('./lib')

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const bodyOf = async response => {
  let body = ''
  for await (const chunk of response) body += chunk
  return body
}
const databases = []
if (process.env.PGHOST) {
  const pool = new (require('pg').Pool)({ max: 2 })
  databases.push({
    ask: async () => (await pool.query('SELECT $1::int AS n', [17])).rows[0].n,
    fails: () => pool.query('SELECT nothing FROM nowhere').catch(error => error.code),
    close: () => pool.end()
  })
}
if (process.env.REDIS_URL) {
  const redis = new (require('ioredis').Redis)(process.env.REDIS_URL)
  databases.push({
    ask: () => redis.echo('redis'),
    fails: () => redis.call('NOSUCH').catch(error => error.message.slice(0, 11)),
    close: () => redis.disconnect()
  })
}

const app = express()
app.get('/peer', (_req, res) => res.end('peer'))
app.get('/work/:id', async (req, res) => {
  const { port } = server.address()
  const peer = `http://127.0.0.1:${port}/peer`
  const called = await new Promise((resolve, reject) => {
    http.get(peer, { agent: false }, response => resolve(bodyOf(response))).on('error', reject)
  })
  const refused = await new Promise(resolve => {
    http.get({ port: 1, host: '127.0.0.1', agent: false }).on('error', error => resolve(error.code))
  })
  const fetched = await (await fetch(peer, { headers: { connection: 'close' } })).text()
  const asked = []
  for (const { ask, fails } of databases) asked.push(await ask(), await fails())
  perfagent.annotate('tenant', req.params.id)
  const summed = perfagent.operation('sum', () => 1 + 1)
  const failed = await perfagent.operation('fail', () => Promise.reject(new Error('own'))).catch(error => error.message)
  await pause(60)
  res.json({ id: req.params.id, called, refused, fetched, asked, summed, failed })
})

const server = http.createServer(app)
listen(server, () => {
  for (const { close } of databases) close()
})
