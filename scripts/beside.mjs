// `npm run check:beside [-- NAME|FILE…]`: perfagent and another agent in one process, in either order. The others are those of
// benchmarks/harness/peers.mjs, installed when they are first asked for, as published on that day; or a file to preload. Each sends to
// a backend of this process, on the loopback. What must hold: answers are those of the bare service; each call carries one `traceparent`;
// each slow request is told once, with each of its calls once; what perfagent delivers carries no trace and is traced by nobody; the
// service ends by itself, with 0. Prints a table, and ends with 1 when something does not hold. No part of `npm run check`: agents are
// hundreds of packages.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gunzipSync, inflateSync } from 'node:zlib'
import { installed, PEERS } from '../benchmarks/harness/peers.mjs'
import { build, install, linkSelf, ROOT } from './prepare.mjs'

const ROUNDS = 20
/** Fewer than are reported in a minute. */
const SLOW_REQUESTS = 5
const SLOW_MS = 200
const TELLS_WITHIN_MS = 30_000
const ENDS_WITHIN_MS = 60_000
const LOOKS_EVERY_MS = 100

const OURS = path.join(ROOT, 'dist/register.js')
const DEFAULT = ['OpenTelemetry', 'dd-trace', 'elastic-apm-node']
/** Else it asks the clouds' own addresses where it runs. */
const AT_HOME = { OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process' }
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

const asked = process.argv.slice(2).filter(argument => argument !== '--built')
if (process.argv.includes('--built')) linkSelf()
else {
  await install()
  await build()
}
await main(asked.length > 0 ? asked : DEFAULT)

async function main(names) {
  console.log(`Node ${process.versions.node}`)
  const bare = await observe([])
  const alone = await observe([OURS])
  const tell = (who, seen) => {
    const { facts, problems } = judge(seen, bare, alone)
    console.log([`${problems.length > 0 ? '✘' : '✔'} ${who}: ${facts.join('; ')}`, ...problems].join('\n    '))
    if (problems.length > 0) process.exitCode = 1
  }
  tell('perfagent alone', alone)
  for (const { name, preload, env } of names.map(find)) {
    tell(`${name} before perfagent`, await observe([preload, OURS], env))
    tell(`${name} after perfagent`, await observe([OURS, preload], env))
  }
}

function find(name) {
  const peer = PEERS.find(peer => peer.name === name)
  if (peer) return { ...installed(peer), env: peer.env }
  if (!/[./]/.test(name))
    throw new Error(`"${name}" is none of ${PEERS.map(({ name }) => name).join(', ')}, and no file`)
  return { name: path.basename(name), preload: path.resolve(name) }
}

/** Runs the service with these files preloaded, and returns all that could be seen from outside. */
async function observe(preloads, envOf) {
  const [peer, ours, others] = await Promise.all([startBackend(), startBackend(), startBackend()])
  const child = fork(path.join(ROOT, 'scripts/beside/service.js'), {
    execArgv: preloads.flatMap(file => ['--require', file]),
    env: {
      ...process.env,
      ...(envOf && { ...AT_HOME, ...envOf(others) }),
      PEER_URL: peer.url,
      PERFAGENT_SLOW_MS: String(SLOW_MS / 2),
      PERFAGENT_HTTP_ENDPOINT: `${ours.url}/reports`,
      PERFAGENT_OTLP_ENDPOINT: ours.url,
      PERFAGENT_EXIT_MS: '10000',
      PERFAGENT_LOG_LEVEL: 'error'
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  const ended = once(child, 'exit')
  try {
    const [port] = await Promise.race([once(child, 'message'), ended.then(failed)])
    const answers = await askAll(`http://127.0.0.1:${port}`)
    const isTold = () => others.requests.some(({ body }) => body.includes('orders'))
    for (let left = TELLS_WITHIN_MS; envOf && left > 0 && !isTold(); left -= LOOKS_EVERY_MS) await pause(LOOKS_EVERY_MS)
    const from = performance.now()
    child.disconnect()
    const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS)
    const [code, signal] = await ended
    clearTimeout(timer)
    return {
      answers,
      peerUrl: peer.url,
      othersUrl: others.url,
      calls: peer.requests,
      deliveries: ours.requests,
      othersTell: envOf && isTold(),
      othersTellOfUs: others.requests.some(({ body }) => body.includes(new URL(ours.url).host)),
      end: signal ?? code,
      endMs: performance.now() - from
    }
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL')
    for (const backend of [peer, ours, others]) backend.close()
  }
}

function failed([code, signal]) {
  throw new Error(`the service ended with ${signal ?? code} before it listened`)
}

/** Each answer as text, without what differs between two runs. */
async function askAll(url) {
  const answers = []
  const ask = async (at, options) => {
    const response = await fetch(url + at, options)
    const headers = [...response.headers.keys()].sort().join()
    return `${options?.method ?? 'GET'} ${at} ${response.status} ${headers} ${await response.text()}`
  }
  for (let round = 0; round < ROUNDS; round++) {
    const all = [
      ...[`/orders/${round}`, '/chunks', '/throws', '/rejects', `/missing/${round}`].map(at => ask(at)),
      ask('/echo', { method: 'POST', body: `body ${round}` })
    ]
    answers.push(...(await Promise.all(all)))
  }
  const slow = Array.from({ length: SLOW_REQUESTS }, (_, i) => ask(`/slow/${i}`))
  return [...answers, ...(await Promise.all(slow))]
}

/** Takes what comes, and keeps it: as the peer that is called, and as a backend. */
async function startBackend() {
  const requests = []
  const server = createServer(async (req, res) => {
    const chunks = []
    for await (const chunk of req) chunks.push(chunk)
    const packed = Buffer.concat(chunks)
    const unpack = { gzip: gunzipSync, deflate: inflateSync }[req.headers['content-encoding']] ?? (body => body)
    requests.push({ path: req.url, headers: req.rawHeaders, body: unpack(packed) })
    if (req.url.startsWith('/slow-peer')) await pause(SLOW_MS)
    res.end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    close: () => server.close().closeAllConnections()
  }
}

/** What was seen, and what of it does not hold. `alone` is what perfagent does by itself. */
function judge(seen, bare, alone) {
  const problems = []
  const check = (holds, problem) => holds || problems.push(problem)
  const differing = seen.answers.filter((answer, i) => answer !== bare.answers[i])
  check(differing.length === 0, `${differing.length} answers are not as bare: ${differing[0]}`)

  const parents = seen.calls.map(({ headers }) => valuesOf(headers, 'traceparent'))
  const wrong = parents.filter(values => values.length !== 1 || !TRACEPARENT.test(values[0]))
  check(wrong.length === 0, `${wrong.length} calls carry a traceparent like this: ${wrong[0]?.join(' and ') || 'none'}`)
  check(seen.calls.length === bare.calls.length, `${seen.calls.length} calls came, bare ${bare.calls.length}`)

  const reports = seen.deliveries.filter(({ path }) => path === '/reports').map(({ body }) => JSON.parse(body))
  const slow = reports.filter(({ request, status }) => request.route === '/slow/:id' && status === 'finished')
  const callsTo = (url, { operations }) => operations.filter(({ text }) => text?.includes(url)).length
  const calls = slow.map(report => callsTo(seen.peerUrl, report))
  check(calls.join() === '2,2,2,2,2', `slow requests were told with so many calls each: ${calls.join() || 'none'}`)
  const others = reports.reduce((sum, report) => sum + callsTo(seen.othersUrl, report), 0)

  const expected = new Set(alone.deliveries.flatMap(({ headers }) => namesOf(headers)))
  const isForeign = name => !expected.has(name) && !name.startsWith('perfagent-')
  const further = new Set(seen.deliveries.flatMap(({ headers }) => namesOf(headers)).filter(isForeign))
  check(further.size === 0, `deliveries of perfagent carry ${[...further].join(', ')}`)
  check(
    !seen.deliveries.some(({ headers }) => namesOf(headers).includes('traceparent')),
    'deliveries of perfagent are traced'
  )
  check(!seen.othersTellOfUs, 'the other agent tells of the deliveries of perfagent')
  check(seen.othersTell !== false, `the other agent told nothing within ${TELLS_WITHIN_MS / 1000} s`)
  check(seen.end === 0, `it ended with ${seen.end}`)
  const facts = [
    `${seen.answers.length - differing.length} of ${seen.answers.length} answers as bare`,
    `one traceparent on ${parents.length - wrong.length} of ${parents.length} calls`,
    `${calls.length} of ${SLOW_REQUESTS} slow requests told`,
    // It delivers on the main thread, and begins so in the context of a request that runs.
    ...(others > 0 ? [`deliveries of the other told as calls of requests: ${others}`] : []),
    `${seen.deliveries.length} deliveries`,
    `ends with ${seen.end} after ${Math.round(seen.endMs)} ms`
  ]
  return { facts, problems }
}

function namesOf(headers) {
  return headers.filter((_, i) => i % 2 === 0).map(name => name.toLowerCase())
}

function valuesOf(headers, wanted) {
  return headers.filter((_, i) => i % 2 === 1 && headers[i - 1].toLowerCase() === wanted)
}
