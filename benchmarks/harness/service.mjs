// Services under measurement: one process for each contender, all with the same load, in the order A B C C B A, so that drift
// of the machine hits all alike. What a contender exports goes to a sink in this process, one for each.

import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const require = createRequire(import.meta.url)
const TICK_MS = 1000 / Number(execFileSync('getconf', ['CLK_TCK']).toString())

/** Answers everything with 200, and keeps OTLP's traces until `spans` counts them; also the peer that `/work` calls. */
export async function startSink() {
  let traces = []
  let reports = 0
  const server = createServer((req, res) => {
    const chunks = []
    if (req.url === '/v1/logs') reports++
    if (req.url === '/v1/traces') req.on('data', chunk => chunks.push(chunk))
    else req.resume()
    req.on('end', () => {
      if (chunks.length > 0) traces.push(Buffer.concat(chunks))
      res.end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Reports of slow requests that came. */
    reports: () => reports,
    /** Server spans that came since the last call. */
    spans() {
      const bodies = traces
      traces = []
      return bodies.reduce((sum, body) => sum + serverSpans(body), 0)
    },
    close: () => server.closeAllConnections() || server.close()
  }
}

const SPAN_KIND_SERVER = 2

function serverSpans(body) {
  const { fromProtobuf } = require(`${ROOT}dist/lib/otlp/decode.js`)
  const { resourceSpans = [] } = fromProtobuf('ExportTraceServiceRequest', body)
  return resourceSpans
    .flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans))
    .filter(({ kind }) => kind === SPAN_KIND_SERVER).length
}

/** `app` is a file of apps/ that sends its port when it listens. `before` is put before the command (harness/cores.mjs). */
export async function startService(
  app,
  { name, sink, execArgv = [], env },
  { node = process.execPath, peerUrl, before = [] } = {}
) {
  const began = performance.now()
  const [execPath, ...first] = [...before, node]
  const child = fork(`${ROOT}benchmarks/apps/${app}`, {
    execPath,
    execArgv: [...first, ...execArgv],
    env: { ...process.env, NODE_OPTIONS: '', PEER_URL: peerUrl, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc']
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    said = (said + text).slice(-4000)
  })
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${name}: ${app} ended with ${code} before it listened:\n${said}`)
    })
  ])
  return {
    name,
    sink,
    port: message.port,
    pid: child.pid,
    listenMs: performance.now() - began,
    said: () => said,
    async ask(question) {
      child.send(question)
      const [answer] = await once(child, 'message')
      return answer
    },
    async stop() {
      if (child.exitCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    }
  }
}

/** User and system time of all threads so far. */
export function cpuMs({ pid }) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

export function residentMb({ pid }) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
}

/** `measure` once there and once back over all services, `rounds` times: for each service, the sum of its two per round. */
export async function interleave(services, rounds, measure) {
  const results = new Map(services.map(service => [service, []]))
  for (let round = 0; round < rounds; round++) {
    for (const service of services) results.get(service).push(await measure(service))
    for (const service of [...services].reverse()) {
      const own = results.get(service)
      own[round] = (own[round] + (await measure(service))) / 2
    }
  }
  return results
}
