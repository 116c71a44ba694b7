// Work that no server brings, as requests of its own: node --import perfagent/register examples/work.mjs
// `perfagent.request(name, fn)` around a tick, a message, a job: it is slow, and explained, as a request of HTTP is.
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Cron } from 'croner'
import cron from 'node-cron'
import perfagent from 'perfagent'
import { WebSocketServer } from 'ws'

const work = () => pause(600)

// Ticks of croner and of node-cron. The name is the route: the same each time.
const tick = new Cron('* * * * * *', { maxRuns: 1 }, () => perfagent.request('clean up', work))
const task = cron.schedule('* * * * * *', () => perfagent.request('send reminders', work), { maxExecutions: 1 })

// Messages of WebSockets: each is a request, not the connection.
const server = createServer()
const sockets = new WebSocketServer({ server })
sockets.on('connection', socket => {
  socket.on('message', message =>
    perfagent.request('chat message', async () => {
      await work()
      socket.send(`slow: ${message}`)
    })
  )
})

server.listen(process.env.PORT ?? 3000, () => console.log(`listening on ${server.address().port}`))
process.once('disconnect', async () => {
  tick.stop()
  await task.destroy()
  sockets.close()
  server.close()
})
