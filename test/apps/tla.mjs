import http from 'node:http'

const answer = await new Promise(resolve => setTimeout(resolve, 10, 'hello'))
const server = http.createServer((_req, res) => res.end(answer))
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
process.once('disconnect', () => server.close())
