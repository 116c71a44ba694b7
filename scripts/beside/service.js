// The service in which `npm run check:beside` has two agents at once: every kind of answer, calls by http and by fetch. It ends by
// itself once its parent lets go of it.

const http = require('node:http')
const express = require('express')

const { PEER_URL } = process.env

const byHttp = path =>
  new Promise((resolve, reject) => {
    const call = http.get(`${PEER_URL}${path}`, async response => {
      let body = ''
      for await (const chunk of response.setEncoding('utf8')) body += chunk
      resolve(body)
    })
    call.on('error', reject)
  })
const byFetch = async path => (await fetch(`${PEER_URL}${path}`)).text()

const app = express()
for (const kind of ['orders', 'slow']) {
  app.get(`/${kind}/:id`, async (req, res) => {
    const path = `/${kind}-peer/${req.params.id}`
    res.json([await byHttp(path), await byFetch(path)])
  })
}
app.post('/echo', (req, res) => req.pipe(res))
app.get('/chunks', (_req, res) => {
  res.write('one, ')
  setImmediate(() => res.end('two'))
})
app.get('/throws', () => {
  throw Object.assign(new Error('thrown'), { status: 418 })
})
app.get('/rejects', () => fetch('http://127.0.0.1:1/'))
app.use((error, _req, res, _next) => res.status(error.status ?? 502).json(`${error.name}: ${error.message}`))

const server = http.createServer(app).listen(0, '127.0.0.1', () => process.send(server.address().port))
process.once('disconnect', () => server.close())
