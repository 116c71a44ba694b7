// Routes of fastify, in a plugin with a prefix and plain, with a hook that is what is slow. LIBRARIES: the folder whose fastify
// is meant.

const { createRequire } = require('node:module')
const path = require('node:path')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const app = from('fastify')()
const late = () => new Promise(resolve => setTimeout(resolve, 100, 'late'))

app.register(
  async shop => {
    shop.get('/:id/lines', late)
  },
  { prefix: '/shop/:tenant/orders' }
)
app.get('/plain/:id', late)
app.get('/refused/:id', {
  handler: late,
  onRequest: async (_request, reply) => {
    await late()
    reply.code(401).send('no')
  }
})

app.listen({ port: 0, host: '127.0.0.1' }).then(() => console.log(`listening on ${app.server.address().port}`))
process.once('disconnect', () => app.close())
