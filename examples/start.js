// Options in code instead of the environment: they win over both PERFAGENT_… and OTEL_… variables.
const perfagent = require('perfagent')

perfagent.start({ serviceName: 'shop', slowMs: 300, slowRoutes: { 'GET /export': 5000 }, export: ['stdout'] })

const http = require('node:http')

const server = http.createServer((_req, res) => setTimeout(() => res.end('slow\n'), 400))
server.listen(process.env.PORT ?? 3000, () => console.log(`listening on ${server.address().port}`))
process.once('disconnect', () => server.close())
