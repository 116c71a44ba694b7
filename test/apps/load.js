// Answers at once, late, slowly, or reads what it is sent; says how its memory is. GET /memory collects garbage first (--expose-gc).
// With PEAK in its environment it notes every 20 ms how much is resident.

const http = require('node:http')
const { listen } = require('./lib')

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
let requests = 0
let peakRss = 0
const notePeak = () => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss())
}
const listeners = emitter => emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)
const server = http.createServer(async (req, res) => {
  requests++
  const [path] = req.url.split('?')
  if (path === '/memory') {
    for (let i = 0; i < 3; i++) {
      global.gc?.()
      await pause(10)
    }
    const { heapUsed, rss } = process.memoryUsage()
    notePeak()
    const handles = process.getActiveResourcesInfo().length
    return res.end(
      JSON.stringify({ heapUsed, rss, peakRss, requests, handles, listeners: listeners(process) + listeners(server) })
    )
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
// Ten thousand connections take their time to be opened and to be heard.
server.keepAliveTimeout = 120_000
server.headersTimeout = 120_000
listen(server)
if (process.env.PEAK) setInterval(notePeak, 20).unref()
process.once('disconnect', () => server.closeAllConnections())
