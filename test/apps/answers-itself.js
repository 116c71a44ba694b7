// Asks itself and ends with 0 when the answer is right: nobody else need be able to talk to it.

const http = require('node:http')

const server = http.createServer((_req, res) => setTimeout(() => res.end('hello'), 20))
server.listen(0, '127.0.0.1', async () => {
  for (let i = 0; i < 5; i++) {
    const response = await fetch(`http://127.0.0.1:${server.address().port}/${i}`)
    if (response.status !== 200) process.exit(1)
    if ((await response.text()) !== 'hello') process.exit(2)
  }
  setTimeout(() => process.exit(0), 300)
})
