// Services under measurement: one process for each contender, all with the same load, in the order A B C C B A, so that drift
// of the machine hits all alike. What a contender exports goes to a sink in this process.

import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TICK_MS = 1000 / Number(execFileSync('getconf', ['CLK_TCK']).toString())

/** Answers everything with 200 and counts it by path; also the peer that `/work` calls. */
export async function startSink() {
  const received = new Map()
  const server = createServer((req, res) => {
    received.set(req.url, (received.get(req.url) ?? 0) + 1)
    req.resume().on('end', () => res.end('{}'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    received,
    close: () => server.closeAllConnections() || server.close()
  }
}

/** A slow request is another question than the one that is measured: its report goes to the logs' path. */
export function assertNothingSlow({ received }) {
  if (received.get('/v1/logs')) throw new Error('a request was slow and was reported: this measured something else')
}

/** `app` is a file of apps/ that sends its port when it listens. */
export async function startService(app, { name, execArgv = [], env }, { node = process.execPath, peerUrl } = {}) {
  const began = performance.now()
  const child = fork(`${ROOT}benchmarks/apps/${app}`, {
    execPath: node,
    execArgv,
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
