// A service with the usual packages, as it is when it begins to listen.
const express = require('express')
require('pg')
require('redis')

const app = express()
app.get('/hello', (_req, res) => res.send('hello'))
const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('disconnect', () => process.exit())
