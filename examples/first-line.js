// The agent on the application's first line, where the command that starts it cannot be changed.
require('perfagent/register')

const http = require('node:http')

const server = http.createServer((_req, res) => setTimeout(() => res.end('slow\n'), 600))
server.listen(process.env.PORT ?? 3000, () => console.log(`listening on ${server.address().port}`))
process.once('disconnect', () => server.close())
