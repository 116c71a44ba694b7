// `npm run demo`: a shop of three services with planted bottlenecks, the agent only by `--require perfagent/register`; shows
// what it says about the slow request of each, and at the end what was planted beside what was said. `npm run demo -- --open` keeps
// the console up, with all of it on a page: also what else was slow meanwhile, above all the callers of those requests.
//
// Everything runs on loopback in private folders and is stopped at the end, however the demo ends.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { styleText } from 'node:util'
import { build, install, linkSelf } from './prepare.mjs'
import { pause, startConsole, startDatabases, startShop, waitFor } from './shop.mjs'

const SLOW_MS = 250
const OPEN = process.argv.includes('--open')
/** For tests, which have built already. */
const BUILT = process.argv.includes('--built')

const say = text => process.stdout.write(`${text}\n`)
const bold = text => styleText('bold', text)
const dim = text => styleText('dim', text)

/** What is planted: where the load goes, whose report is looked at, and what it must say. */
const plantings = [
  {
    name: 'empty pool: four POST /report hold all connections of orders',
    async load({ gateway, orders }) {
      const reports = Array.from({ length: 4 }, () => request(`${orders}/report`, { method: 'POST' }))
      await pause(150)
      await Promise.all([request(`${gateway}/shop/orders/17`), ...reports])
    },
    report: { service: 'orders', route: '/orders/:id', cause: 'db.pool_wait' },
    culprit: 'POST /report'
  },
  {
    name: 'N+1: GET /orders/:id/lines asks for each item by itself',
    load: ({ orders }) => request(`${orders}/orders/17/lines`),
    report: { service: 'orders', route: '/orders/:id/lines', cause: 'db.n_plus_one' },
    culprit: 'items'
  },
  {
    name: 'blocking loop: GET /export of inventory, seen by GET /stock/:id',
    async load({ gateway, inventory }) {
      // Each is at work in inventory for 20 ms: with one every 10, one is there when the export begins, however long the way. The
      // first ones are slower than that, and come together.
      const innocents = []
      const ask = () => innocents.push(request(`${gateway}/shop/orders/17/stock`))
      for (let i = 0; i < 5; i++) await request(`${gateway}/shop/orders/17/stock`)
      const stream = setInterval(ask, 10)
      await pause(50)
      const exported = request(`${inventory}/export`)
      await pause(10)
      clearInterval(stream)
      await Promise.all([exported, ...innocents])
    },
    report: { service: 'inventory', route: '/stock/:id', cause: 'loop.blocked' },
    culprit: 'renderCsv'
  },
  {
    name: 'own CPU: GET /export itself',
    load: ({ inventory }) => request(`${inventory}/export`),
    report: { service: 'inventory', route: '/export', cause: 'cpu.own' },
    culprit: 'renderCsv'
  },
  {
    name: 'slow query: GET /search of orders',
    load: ({ orders }) => request(`${orders}/search?q=7`),
    report: { service: 'orders', route: '/search', cause: 'db.slow_query' },
    culprit: 'SELECT orders'
  },
  {
    name: 'slow peer: GET /shop/search of the gateway waits for orders',
    load: ({ gateway }) => request(`${gateway}/shop/search?q=7`),
    report: { service: 'gateway', route: '/shop/search', cause: 'http.slow_peer' },
    culprit: '/search'
  },
  {
    name: 'N+1 in Redis: GET /shop/cart/:id reads line by line',
    needs: 'REDIS_URL',
    load: ({ gateway }) => request(`${gateway}/shop/cart/5`),
    report: { service: 'gateway', route: '/shop/cart/:id', cause: 'cache.n_plus_one' },
    culprit: 'cart'
  },
  {
    name: 'slow query in MariaDB: GET /history/:id of inventory',
    needs: 'MYSQL_URL',
    load: ({ inventory }) => request(`${inventory}/history/17`),
    report: { service: 'inventory', route: '/history/:id', cause: 'db.slow_query' },
    culprit: 'SLEEP'
  }
]

async function main() {
  const keepUp = []
  const began = Date.now()
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`
  const progress = text => say(dim(`${seconds().padStart(5)}  ${text}`))
  try {
    if (BUILT) linkSelf()
    else {
      await install(progress)
      await build(progress)
    }
    const services = await startDatabases(progress)
    keepUp.push(services.stop)
    const collector = await startCollector()
    keepUp.push(collector.stop)
    const console = await startConsole()
    keepUp.push(console.stop)
    const shop = await startShop(services.env, {
      PERFAGENT_SLOW_MS: String(SLOW_MS),
      // A step that is done again asks for as many reports again.
      PERFAGENT_MAX_REPORTS_PER_MINUTE: '200',
      PERFAGENT_HTTP_ENDPOINT: collector.url,
      PERFAGENT_OTLP_ENDPOINT: console.url
    })
    keepUp.push(shop.stop)
    progress(`the shop is open: gateway → orders → inventory, slow is over ${SLOW_MS} ms\n`)

    const possible = plantings.filter(({ needs }) => !needs || services.env[needs])
    const rows = []
    for (const planting of possible) {
      say(`${bold(`▶ ${rows.length + 1}/${possible.length}`)} ${planting.name}`)
      rows.push(await plant(planting, shop.urls, collector))
    }
    table(rows)
    const wrong = rows.filter(row => !row.right).length
    const more = collector.reports.length - rows.length
    say(
      `\n${rows.length - wrong} of ${rows.length} right, in ${seconds()}; ${more} other reports, of callers and of what ran beside`
    )
    if (wrong > 0) process.exitCode = 1
    if (!OPEN) return say('npm run demo -- --open shows all of it on a page: perfagent console')
    say(`\n${bold(console.url)} shows all of it; Ctrl-C ends the demo`)
    await new Promise(resolve => {
      process.once('SIGINT', resolve).once('SIGTERM', resolve)
    })
  } finally {
    for (const stop of keepUp.reverse()) await stop()
  }
}

/** Takes the reports, as any HTTP backend would. */
async function startCollector() {
  const reports = []
  const server = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    res.end()
    const report = JSON.parse(body)
    if (report.status !== 'running') reports.push(report)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    reports,
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise(resolve => server.close(resolve))
  }
}

/** Loads the shop and shows the report that this is about; again when other programs of the machine were what was slow. */
async function plant(planting, urls, { reports }, tries = 5) {
  // What was slow in the step before had begun long before: clocks of two processes may be some milliseconds apart.
  const since = Date.now() - SLOW_MS / 2
  await planting.load(urls)
  const ofStep = () => reports.filter(report => Date.parse(report.at) >= since)
  const report = await waitFor(() => ofStep().find(each => isAbout(each, planting.report)))
  const { format } = await import('../dist/lib/export/format.js')
  if (report) say(format(report, { colors: process.stdout.isTTY === true }))
  const right =
    report?.verdict.cause === planting.report.cause && JSON.stringify(report.verdict).includes(planting.culprit)
  // Another cause that is wrong is perfagent's mistake, however busy the machine was.
  const contended = !right && (report ? report.verdict.cause === 'cpu.contended' : ofStep().some(isContended))
  if (contended && tries > 1) {
    say(dim('other programs had the CPU meanwhile: once more'))
    return plant(planting, urls, { reports }, tries - 1)
  }
  const said = report ? `${report.verdict.cause}: ${report.verdict.summary}` : 'nothing'
  return { planted: planting.name, said: contended ? `${said} (other programs had the CPU each time)` : said, right }
}

const isContended = ({ breakdown }) => breakdown.some(({ cause, share }) => cause === 'cpu.contended' && share > 0.2)
const isAbout = (report, { service, route }) => report.service.name === service && report.request.route === route

function table(rows) {
  say(`\n${bold('planted, and what perfagent said')}`)
  for (const { planted, said, right } of rows) {
    say(`${right ? styleText('green', '✔') : styleText('red', '✘')} ${planted}\n    ${said}`)
  }
}

async function request(url, options) {
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(20_000) })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
}

main().catch(error => {
  process.stderr.write(`the demo failed: ${error.message}\n`)
  process.exitCode = 1
})
