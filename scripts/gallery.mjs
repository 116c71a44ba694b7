// `npm run gallery`: real bottlenecks, each a small service with a planted cause, and what is said of it.
//
//   node scripts/gallery.mjs [--only NAME] [--json] [--node PATH]
//
// A case is one file of gallery/cases: the app (plain code; the agent only by --require), the load, the expectation. It is
// right when cause and culprit are, and the milliseconds of that cause are within 15 % or 30 ms of what was planted (`ms`;
// `withinMs` where the planting itself is not exact). Wrong and `measured` is counted apart: that is the worst.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { build, install, ROOT } from './prepare.mjs'
import { available } from './services/available.mjs'
import { startServices } from './services.mjs'

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'boolean' }, node: { type: 'string' } }
})
const CASES = join(ROOT, 'gallery/cases')
const REPORT_WAIT_MS = 5000
const QUIET_MS = 1500
const WITHIN_SHARE = 0.15
const WITHIN_MS = 30

const load = createRequire(import.meta.url)
const say = text => options.json || process.stdout.write(`${text}\n`)
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

async function main() {
  await install()
  await build()
  const names = readdirSync(CASES).map(file => file.replace(/\.js$/, ''))
  const wanted = names.filter(name => !options.only || name === options.only)
  if (wanted.length === 0) throw new Error(`there is no case ${options.only}: there are ${names.join(', ')}`)
  const there = await available(['postgres', 'redis'])
  const services = await startServices(there)
  const rows = []
  try {
    for (const name of wanted) {
      const planted = load(join(CASES, `${name}.js`))
      if (planted.needs && !there.includes(planted.needs)) {
        say(`- ${name}: left out, ${planted.needs} is not on this machine`)
        continue
      }
      const row = score(name, planted.expect, await play(name, planted, services.env))
      rows.push(row)
      say(
        `${row.right ? styleText('green', '✔') : styleText('red', '✘')} ${name}: ${row.said}${row.why ? `\n    ${row.why}` : ''}`
      )
    }
  } finally {
    await services.stop()
  }
  const right = rows.filter(row => row.right).length
  const confident = rows.filter(row => !row.right && row.confidence === 'measured').length
  if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  say(`${right} of ${rows.length} right, ${confident} wrong with confidence`)
  if (right < rows.length) process.exitCode = 1
}

/** Runs the case's app and load; returns the finished reports that came. */
async function play(name, { load: drive, expect }, env) {
  const reports = []
  const collector = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    res.end()
    const report = JSON.parse(body)
    if (report.status !== 'running') reports.push(report)
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')

  const app = fork(join(ROOT, 'gallery/serve.js'), [join(CASES, `${name}.js`)], {
    execPath: options.node ?? process.execPath,
    execArgv: ['--require', join(ROOT, 'dist/lib/register.js')],
    env: { ...process.env, ...env, PERFAGENT_HTTP_ENDPOINT: `http://127.0.0.1:${collector.address().port}` }
  })
  try {
    const [{ port }] = await once(app, 'message')
    // The thread needs a moment; what is slow while it starts is told, but with less evidence.
    await pause(400)
    await drive({ get: path => get(port, path), abort: (path, ms) => abort(port, path, ms), pause })
    const isThere = () => reports.some(({ request }) => request.route === expect.route)
    for (let left = expect.healthy ? QUIET_MS : REPORT_WAIT_MS; left > 0 && !isThere(); left -= 50) await pause(50)
    return reports
  } finally {
    const ended = once(app, 'exit')
    app.disconnect()
    const timer = setTimeout(() => app.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(timer)
    collector.close()
    collector.closeAllConnections()
  }
}

function score(name, expect, reports) {
  if (expect.healthy) {
    const said = reports.length === 0 ? 'no report' : `${reports.length} reports: ${reports[0].verdict.summary}`
    return { name, right: reports.length === 0, confidence: reports[0]?.verdict.confidence, said }
  }
  const report = reports.find(({ request }) => request.route === expect.route)
  if (!report) return { name, right: false, said: 'nothing' }
  const { verdict, breakdown } = report
  const causes = expect.causes ?? [expect.cause]
  const slice = breakdown.find(({ cause }) => cause === (expect.has ?? expect.cause))
  const ms = slice?.ms ?? 0
  const wrong = [
    !causes.includes(verdict.cause) && `the cause is ${causes.join(' or ')}`,
    !expect.culprit.test(JSON.stringify(verdict)) && `the culprit ${expect.culprit} is not named`,
    expect.ms && !isNear(ms, expect) && `${ms} ms of ${causes[0]}, planted ${expect.ms} ms`,
    expect.has && !slice && `no ${expect.has} in the breakdown`
  ].filter(Boolean)
  const { confidence, summary, share } = verdict
  return {
    name,
    right: wrong.length === 0,
    cause: verdict.cause,
    confidence,
    share,
    said: summary,
    why: wrong.join('; ')
  }
}

const isNear = (ms, expect) =>
  Math.abs(ms - expect.ms) <= Math.max(expect.withinMs ?? WITHIN_MS, expect.ms * WITHIN_SHARE)

function get(port, path) {
  return new Promise((resolve, reject) => {
    request({ port, path, host: '127.0.0.1', agent: false }, response => response.resume().on('end', resolve))
      .on('error', reject)
      .end()
  })
}

/** Asks, and hangs up after a time. */
async function abort(port, path, ms) {
  const asked = request({ port, path, host: '127.0.0.1', agent: false }).on('error', () => {})
  asked.end()
  await pause(ms)
  asked.destroy()
}

main().catch(error => {
  process.stderr.write(`the gallery failed: ${error.message}\n`)
  process.exitCode = 1
})
