// A server of node:https, which loads no node:http.

const fs = require('node:fs')
const https = require('node:https')
const path = require('node:path')

const fixture = name => fs.readFileSync(path.join(__dirname, '../fixtures', name))

const server = https.createServer(
  { key: fixture('localhost.key'), cert: fixture('localhost.crt') },
  (_req, res) => void setTimeout(() => res.end('late'), 100)
)

server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
process.once('disconnect', () => server.close())
