// Reports in the application's own hands: node --require perfagent/register examples/hooks.js
const http = require('node:http')
const perfagent = require('perfagent')

// To a log, a chat, a counter; it runs beside requests and may fail without harm.
perfagent.onSlowRequest(report => {
  console.log(`${report.request.route}: ${report.verdict.summary}`)
})

// Before it leaves: change it, or return null to drop it.
perfagent.beforeReport(report => {
  if (report.request.route === '/health') return null
  report.annotations.region = 'eu'
})

const server = http.createServer(async (req, res) => {
  perfagent.annotate('tenant', req.headers['x-tenant'] ?? 'nobody')
  await perfagent.operation('price rules', () => new Promise(resolve => setTimeout(resolve, 600)))
  res.end('slow\n')
})
server.listen(process.env.PORT ?? 3000, () => console.log(`listening on ${server.address().port}`))
process.once('disconnect', () => server.close())
