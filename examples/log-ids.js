// Log lines that lead to their trace: PERFAGENT_LOG_TRACE_IDS=pino node --require perfagent/register log-ids.js
const http = require('node:http')
const logger = require('pino')()

const server = http.createServer((_req, res) => {
  logger.info({ order: 17 }, 'taken')
  res.end('fine\n')
})
server.listen(process.env.PORT ?? 3000, () => console.log(`listening on ${server.address().port}`))
process.once('disconnect', () => server.close())
