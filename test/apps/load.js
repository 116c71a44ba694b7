// Answers at once, late, slowly, or reads what it is sent; says how its memory is. GET /memory collects garbage first (--expose-gc).

const http = require('node:http')
const { listen } = require('./lib')

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
let requests = 0
const server = http.createServer(async (req, res) => {
  requests++
  const [path] = req.url.split('?')
  if (path === '/memory') {
    for (let i = 0; i < 3; i++) {
      global.gc?.()
      await pause(10)
    }
    const { heapUsed, rss } = process.memoryUsage()
    return res.end(JSON.stringify({ heapUsed, rss, requests }))
  }
  if (path === '/stop') {
    await require('perfagent').stop()
    return res.end('stopped')
  }
  if (path.startsWith('/late')) await pause(80)
  if (path === '/never') return
  if (path === '/half') return res.write('half')
  // A client that goes away ends nothing but its own request.
  if (req.method !== 'POST') return res.end('hello')
  req.resume()
  req.on('end', () => res.end('hello')).on('error', () => {})
})
listen(server)
process.once('disconnect', () => server.closeAllConnections())
