// As fastify.js, imported.

import fastify from 'fastify'

const app = fastify()
app.get('/plain/:id', () => new Promise(resolve => setTimeout(resolve, 100, 'late')))
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`listening on ${app.server.address().port}`)
process.once('disconnect', () => app.close())
