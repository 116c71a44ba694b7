// An ES module: node --import perfagent/register examples/import.mjs
import http from 'node:http'

const server = http.createServer(async (_req, res) => {
  await new Promise(resolve => setTimeout(resolve, 600))
  res.end('slow\n')
})
server.listen(process.env.PORT ?? 3000, () => console.log(`listening on ${server.address().port}`))
process.once('disconnect', () => server.close())
