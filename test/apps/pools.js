// A service that gives work to a pool of worker threads: LIBRARY is `piscina` or `tinypool`. The same file is the pool's worker.

const { isMainThread } = require('node:worker_threads')

if (isMainThread) void main()
else module.exports = work

async function main() {
  const { serve } = require('./lib')
  const http = require('node:http')
  const { default: Pool } = await import(process.env.LIBRARY)
  const pool = new Pool({ filename: __filename, minThreads: 1, maxThreads: 1 })
  const peer = http.createServer((_req, res) => setTimeout(() => res.end('late'), 150)).listen(0)

  const give = task => pool.run({ task, url: `http://127.0.0.1:${peer.address().port}/images/17` })
  serve({ '/fetch': () => give('fetch'), '/burn': () => give('burn') }, async () => {
    await pool.destroy()
    peer.close()
    peer.closeAllConnections()
  })
}

/** A task of the pool is a request where the service says so. */
function work({ task, url }) {
  const { request } = require(process.env.PERFAGENT)
  const { burnTheLoop } = require('./burn')
  return request(task, () => (task === 'burn' ? burnTheLoop(300) : fetch(url).then(answer => answer.text())))
}
