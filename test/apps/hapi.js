// Routes of hapi, and a slow step before the handler. LIBRARIES: the folder whose hapi is meant.

const { createRequire } = require('node:module')
const path = require('node:path')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const Hapi = from('@hapi/hapi')
const late = () => new Promise(resolve => setTimeout(resolve, 100, 'late'))

async function main() {
  const server = Hapi.server({ port: 0, host: '127.0.0.1' })
  server.route({ method: 'GET', path: '/plain/{id}', handler: late })
  server.route({ method: '*', path: '/files/{name*}', handler: late })
  server.ext('onPreResponse', async (request, h) => {
    if (request.response.isBoom) await late()
    return h.continue
  })
  await server.start()
  console.log(`listening on ${server.info.port}`)
  process.once('disconnect', () => server.stop())
}

main()
