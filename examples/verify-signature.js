// A backend for PERFAGENT_HTTP_ENDPOINT that takes only reports signed with PERFAGENT_HTTP_SECRET; see docs/http-exporter.md.
const { createHmac, timingSafeEqual } = require('node:crypto')
const http = require('node:http')
const { text } = require('node:stream/consumers')

const secret = process.env.PERFAGENT_HTTP_SECRET ?? 'change me'
const TOO_OLD_S = 300

function isSigned(header, body) {
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header ?? '') ?? []
  if (!time || Math.abs(Date.now() / 1000 - time) > TOO_OLD_S) return false
  const expected = createHmac('sha256', secret).update(`${time}.${body}`).digest()
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'))
}

const server = http.createServer(async (req, res) => {
  const body = await text(req)
  const signed = isSigned(req.headers['perfagent-signature'], body)
  res.writeHead(signed ? 204 : 401).end()
  if (signed) console.log(JSON.parse(body).verdict.summary)
})
server.listen(process.env.PORT ?? 4000, () => console.log(`listening on ${server.address().port}`))
process.once('disconnect', () => server.close())
