// Two requests at once make calls that undici makes again, since the answer was an error, a redirection or none: by each of its ways, on
// one connection, which another request has opened. Prints whom the preloaded test/harness/recorder was told to have made each.
// LIBRARIES: the folder whose undici is meant.

const http = require('node:http')
const { once } = require('node:events')
const { createRequire } = require('node:module')
const path = require('node:path')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))
const { Agent, RetryAgent, RetryHandler, interceptors, request } = from('undici')

const RETRY = { minTimeout: 1, timeoutFactor: 1, maxRetries: 3 }
const asked = new Set()
/** `/retried` is answered at the second time, `/moved` elsewhere. */
const peer = http.createServer((req, res) => {
  const isFirst = !asked.has(req.url)
  asked.add(req.url)
  if (req.url.startsWith('/moved')) return res.writeHead(302, { location: req.url.replace('moved', 'found') }).end()
  if (req.url.startsWith('/both') && isFirst)
    return res.writeHead(302, { location: req.url.replace('both', 'retriedtoo') }).end()
  if (req.url.startsWith('/retried') && isFirst) return res.writeHead(503).end()
  if (req.url.startsWith('/reset') && isFirst) return res.destroy()
  setTimeout(() => res.end('answer'), 5)
})
peer.keepAliveTimeout = 0

const textOf = async ({ body }) => body.text()

function waysTo(origin) {
  const dispatcher = () => new Agent({ connections: 1, pipelining: 1 })
  const asking = dispatcher => url => request(url, { dispatcher }).then(textOf)
  const ways = { fetch: { paths: ['/moved'], ask: url => fetch(url).then(response => response.text()) } }
  const [plain, byOption] = [dispatcher(), dispatcher()]
  // One that keeps nothing of a call, for both.
  const waiting = []
  const over = () => waiting.shift()?.()
  const shared = { onConnect() {}, onHeaders: () => true, onData: () => true, onComplete: over, onError: over }
  // As 8 wants them, and 7 may have them.
  Object.assign(shared, {
    onRequestStart() {},
    onResponseStart() {},
    onResponseData() {},
    onResponseEnd: over,
    onResponseError: over
  })
  ways.RetryHandler = {
    paths: ['/retried', '/reset'],
    ask: url =>
      new Promise(resolve => {
        waiting.push(resolve)
        const options = { origin, path: url.slice(origin.length), method: 'GET', retryOptions: RETRY }
        const handler = new RetryHandler(options, { dispatch: (...args) => plain.dispatch(...args), handler: shared })
        plain.dispatch(options, handler)
      })
  }
  if (!interceptors?.redirect) {
    ways['maxRedirections'] = {
      paths: ['/moved'],
      ask: url => request(url, { dispatcher: byOption, maxRedirections: 2 }).then(textOf)
    }
    return ways
  }
  ways.RetryAgent = { paths: ['/retried', '/reset'], ask: asking(new RetryAgent(dispatcher(), RETRY)) }
  const { retry, redirect } = interceptors
  const both = [redirect({ maxRedirections: 3 }), retry(RETRY)]
  ways['redirect, retry'] = { paths: ['/moved', '/retried', '/both'], ask: asking(dispatcher().compose(...both)) }
  ways['retry, redirect'] = {
    paths: ['/moved', '/retried', '/both'],
    ask: asking(dispatcher().compose(...both.toReversed()))
  }
  return ways
}

async function main() {
  const { operations } = globalThis.seen
  await once(peer.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${peer.address().port}`
  const ways = waysTo(origin)

  const server = http.createServer(async (req, res) => {
    const [, way, path, who] = /^\/(.*?)(\/\w+)\/(\w+)$/.exec(decodeURI(req.url))
    await ways[way].ask(`${origin}${path}/${way.replace(/\W/g, '')}/${who}`).catch(error => console.log(String(error)))
    res.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const get = path =>
    new Promise(resolve => {
      const request = http.get({ host: '127.0.0.1', port: server.address().port, path: encodeURI(path), agent: false })
      request.on('response', response => response.resume().on('end', resolve))
    })
  for (const [way, { paths }] of Object.entries(ways)) {
    await get(`/${way}/plain/opener`)
    for (const path of paths) {
      operations.length = 0
      await Promise.all(['first', 'second'].map(who => get(`/${way}${path}/${who}`)))
      const madeBy = who =>
        operations
          .filter(({ request, ends }) => request.path.endsWith(`/${who}`) && ends.length > 0)
          .map(({ text }) => /(\/\w+)\/\w+\/(\w+)$/.exec(text))
          .map(([, path, whose]) => (whose === who ? path : `${path} of ${whose}`))
          .join(' ')
      console.log(`${way}: ${madeBy('first')} | ${madeBy('second')} | ${madeBy('opener') || '-'}`)
    }
  }
  process.exit()
}

main()
