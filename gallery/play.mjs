// Plays one case: its app in a process with the agent, its load from here, a collector for the reports that come.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import { join } from 'node:path'
import { ROOT } from '../scripts/prepare.mjs'

/** The agent's thread needs a moment; what is slow while it starts is told, but with less evidence. */
const REST_MS = 300
const REST_CPU_MS = 30
const START_MAX_MS = 4000
const REPORT_WAIT_MS = 5000
/** Reports leave within a second of their making. */
const QUIET_MS = 1200
const LAST_REPORT_MS = 300

/**
 * Resolves to the reports of finished requests (or of those that run, if the case is one) as they came, and to what the app says to have
 * planted.
 */
export async function play({ name, variant, planted, node, env }) {
  const { load, expect, nodeArgs = [] } = planted
  const collector = await collect(expect.status === 'running')
  const app = fork(join(ROOT, 'gallery/serve.js'), [join(ROOT, `gallery/cases/${name}.js`), variant], {
    execPath: node,
    execArgv: [...nodeArgs, '--require', join(ROOT, 'dist/register.js')],
    env: { ...process.env, ...env, PERFAGENT_HTTP_ENDPOINT: collector.url }
  })
  const failed = once(app, 'exit').then(([code]) => Promise.reject(new Error(`the app of ${name} ended with ${code}`)))
  failed.catch(() => {})
  try {
    const [{ port }] = await Promise.race([once(app, 'message'), failed])
    await atRest(app.pid)
    const toldMs = await Promise.race([load({ port, ...client(port) }), failed])
    if (expect.healthy) await pause(QUIET_MS)
    else await collector.settled(expect.route)
    app.send('planted?')
    const [{ plantedMs, collectedMs }] = await Promise.race([once(app, 'message'), failed])
    return { reports: collector.reports, plantedMs: typeof toldMs === 'number' ? toldMs : plantedMs, collectedMs }
  } finally {
    await end(app)
    collector.close()
  }
}

/** The process has started whatever it starts: it takes little of a core. */
async function atRest(pid) {
  const until = performance.now() + START_MAX_MS
  let used = cpuMs(pid)
  while (performance.now() < until) {
    await pause(REST_MS)
    const before = used
    used = cpuMs(pid)
    if (used - before <= REST_CPU_MS) return
  }
}

/** User and system time of all its threads; Linux counts them in hundredths of a second. */
function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) * 10
}

async function end(app) {
  if (app.exitCode !== null || app.signalCode !== null) return
  const ended = once(app, 'exit')
  app.disconnect()
  const timer = setTimeout(() => app.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(timer)
}

async function collect(running) {
  const reports = []
  let lastAt = 0
  const server = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    res.end()
    const report = JSON.parse(body)
    if ((report.status === 'running') !== running) return
    reports.push(report)
    lastAt = performance.now()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    reports,
    url: `http://127.0.0.1:${server.address().port}`,
    async settled(route) {
      const isThere = () => reports.some(report => report.request.route === route)
      for (let left = REPORT_WAIT_MS; left > 0 && !isThere(); left -= 50) await pause(50)
      while (isThere() && performance.now() - lastAt < LAST_REPORT_MS) await pause(50)
    },
    close() {
      server.close()
      server.closeAllConnections()
    }
  }
}

/** What a load may do. Each request has a connection of its own, unless it says `keepAlive`. */
function client(port) {
  const kept = new Agent({ keepAlive: true })
  const ask = (path, { body, keepAlive } = {}) => {
    const agent = keepAlive ? kept : false
    return request({ port, path, host: '127.0.0.1', agent, method: body === undefined ? 'GET' : 'POST' })
  }
  const get = (path, options = {}) =>
    new Promise((resolve, reject) => {
      ask(path, options)
        .on('response', response => response.resume().on('end', resolve))
        .on('error', reject)
        .end(options.body)
    })
  return {
    get,
    pause,
    atOnce: (count, path) => Promise.all(Array.from({ length: count }, () => get(path))),
    /** So many requests, so many of them at a time. */
    async many(count, width, path) {
      let left = count
      const worker = async () => {
        while (left-- > 0) await get(path, { keepAlive: true })
      }
      await Promise.all(Array.from({ length: width }, worker))
      kept.destroy()
    },
    /** Asks, and hangs up after a time. */
    async abort(path, ms) {
      const asked = ask(path).on('error', () => {})
      asked.end()
      await pause(ms)
      asked.destroy()
    }
  }
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
