// A server of http2 that listens to 'stream'. /upload reads its body, /calls asks a peer that takes 100 ms and then answers.

const http = require('node:http')
const http2 = require('node:http2')
const { once } = require('node:events')

const peer = http.createServer((_req, res) => setTimeout(() => res.end('late'), 100))
const server = http2.createServer()
const sessions = new Set()

server.on('session', session => sessions.add(session))
server.on('stream', async (stream, headers) => {
  if (headers[':path'] === '/upload') await once(stream.resume(), 'end')
  else {
    const [response] = await once(http.get({ port: peer.address().port, host: '127.0.0.1', agent: false }), 'response')
    await response.resume().toArray()
  }
  stream.respond({ ':status': 201 })
  stream.end('answer')
})

peer.listen(0, '127.0.0.1', () => {
  server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
})
process.once('disconnect', () => {
  for (const session of sessions) session.destroy()
  server.close()
  peer.close()
})
