// Routes of Hono on its server for Node, mounted and plain, behind middleware. LIBRARIES: the folder whose packages are meant.

const http = require('node:http')
const { createRequire } = require('node:module')
const path = require('node:path')
const { listen } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))

module.exports = function start({ Hono }, { getRequestListener }) {
  const sleep = () => new Promise(resolve => setTimeout(resolve, 100))
  const late = async c => {
    await sleep()
    return c.text('late')
  }
  const app = new Hono()
  app.use('*', async (_c, next) => {
    await next()
  })
  app.use('/refused/*', async c => {
    await sleep()
    return c.text('no', 401)
  })
  app.get('/refused/:id', late)
  app.route('/shop/:tenant/orders', new Hono().get('/:id/lines', late))
  app.get('/plain/:id', late)
  app.all('/any/:id', late)
  app.notFound(async c => {
    await sleep()
    return c.text('none', 404)
  })
  listen(http.createServer(getRequestListener(app.fetch)))
}

if (process.argv[1] === __filename) module.exports(from('hono'), from('@hono/node-server'))
