// Makes its own request, because its network is one of the test's own: a request that calls a peer in another process. The test
// says when the call is made, and how long the peer thinks about the answer.

const { fork } = require('node:child_process')
const { once } = require('node:events')
const http = require('node:http')

if (process.argv[2] === 'peer') {
  const peer = http.createServer((request, response) =>
    setTimeout(() => response.end('done'), Number(request.url.slice(1)))
  )
  peer.keepAliveTimeout = 120_000
  peer.listen(0, '127.0.0.1', () => process.send(peer.address().port))
  process.on('disconnect', () => process.exit())
} else main()

async function main() {
  const peer = fork(__filename, ['peer'], { execArgv: [] })
  const [port] = await once(peer, 'message')
  const agent = new http.Agent({ keepAlive: true })
  const get = (url, options) =>
    new Promise((resolve, reject) => {
      http.get(url, options, response => response.resume().on('end', resolve)).on('error', reject)
    })
  // So that the slow call finds a connection.
  await get(`http://127.0.0.1:${port}/0`, { agent })

  const server = http.createServer(async (_request, response) => {
    process.send('entered')
    const [thinksMs] = await once(process, 'message')
    await get(`http://127.0.0.1:${port}/${thinksMs}`, { agent })
    response.end('done')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  process.on('message', message => {
    if (message === 'go') get(`http://127.0.0.1:${server.address().port}/remote`).then(() => process.send('done'))
  })
  process.on('disconnect', () => process.exit())
  process.send('ready')
}
