// A service as the public test harness of W3C's trace context wants it: a POST of [{ url, arguments }] makes it call each url
// with its arguments. The first part of the path says by what: /http, /array (headers as an array), /expect, /fetch, /undici.

const http = require('node:http')
const { request } = require('undici')
const { listen } = require('./lib')

const viaHttp =
  (headers, method = 'POST') =>
  (url, body) =>
    new Promise((resolve, reject) => {
      const call = http.request(url, { method, headers, agent: false }, response =>
        response.resume().on('end', resolve)
      )
      call.on('error', reject).end(body)
    })

const CALLS = {
  http: viaHttp({ 'content-type': 'application/json' }),
  array: viaHttp([
    'content-type',
    'application/json',
    'host',
    'a',
    'connection',
    'close',
    'transfer-encoding',
    'chunked'
  ]),
  expect: viaHttp({ expect: '100-continue' }),
  fetch: async (url, body) => (await fetch(url, { method: 'POST', body })).text(),
  undici: async (url, body) => (await request(url, { method: 'POST', body })).body.text()
}

const server = http.createServer(async (req, res) => {
  let body = ''
  for await (const chunk of req) body += chunk
  const call = CALLS[req.url.slice(1)]
  for (const { url, arguments: args } of JSON.parse(body)) await call(url, JSON.stringify(args))
  res.end('{}')
})
listen(server, () => require('undici').getGlobalDispatcher().destroy())
