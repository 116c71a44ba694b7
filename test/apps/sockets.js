// Calls a peer (PEER_URL) with few sockets and with many. LIBRARIES: the folder whose undici is meant.

const http = require('node:http')
const { createRequire } = require('node:module')
const path = require('node:path')
const { serve } = require('./lib')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const { Pool } = from('undici')

const peer = process.env.PEER_URL
const two = new http.Agent({ keepAlive: true, maxSockets: 2 })
const many = new http.Agent({ keepAlive: true })
const total = new http.Agent({ keepAlive: true, maxTotalSockets: 4 })
const pool = new Pool(peer, { connections: 3 })
const unbounded = new Pool(peer)

const by = agent =>
  new Promise((resolve, reject) => {
    http.get(peer, { agent }, response => response.resume().on('end', resolve)).on('error', reject)
  })
const from3 = async dispatcher => (await dispatcher.request({ path: '/', method: 'GET' })).body.text()
const atOnce = (count, call) => Promise.all(Array.from({ length: count }, call)).then(() => 'done')

serve(
  {
    '/two': () => atOnce(6, () => by(two)),
    '/many': () => atOnce(6, () => by(many)),
    '/pool': () => atOnce(6, () => from3(pool)),
    '/unbounded': () => atOnce(6, () => from3(unbounded)),
    '/total': () => atOnce(6, () => by(total))
  },
  () => {
    for (const agent of [two, many, total]) agent.destroy()
    void pool.close()
    void unbounded.close()
  }
)
