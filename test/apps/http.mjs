// As calls.js, from an ES module: named imports of the builtins, and fetch. PEER_URL: whom to call.

import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { request } from 'undici'
import lib from './lib.js'

const peer = process.env.PEER_URL

const server = createServer(async (_req, res) => {
  const [response] = await once(get(`${peer}/http`, { agent: false }), 'response')
  await response.resume().toArray()
  await (await fetch(`${peer}/fetch`, { headers: { connection: 'close' } })).text()
  await (await request(`${peer}/undici`, { reset: true })).body.text()
  res.end()
})
lib.listen(server)
