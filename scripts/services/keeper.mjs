// The process that owns the services: finds, starts and, as soon as the channel to its parent closes, ends them and
// removes their folder. Says on the channel: { log }, then { env } or { failed }. Everything it starts is its own child in
// a process group of its own, so it can be killed by number and its end is seen.

import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { freePort, named } from './address.mjs'
import { install } from './apt.mjs'
import { findBinaries } from './binaries.mjs'
import { killAll, launch, run } from './children.mjs'
import { embeddedCopy } from './embedded.mjs'
import { mariadb } from './mariadb.mjs'
import { memcached } from './memcached.mjs'
import { nats } from './nats.mjs'
import { postgres } from './postgres.mjs'
import { rabbitmq } from './rabbitmq.mjs'
import { redis } from './redis.mjs'
import { allow, canEnter, unprivileged } from './user.mjs'

const SERVICES = { postgres, mariadb, redis, memcached, rabbitmq, nats }

const { names, postgresBin } = JSON.parse(process.argv[2])
const say = message => process.connected && process.send(message)
const log = line => say({ log: line })

let folder
let installing = Promise.resolve()
let ending

function end(code) {
  ending ??= (async () => {
    // Packages that are half configured would be worse than a moment's wait.
    await installing.catch(() => {})
    await killAll()
    if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 10 })
    process.exit(code)
  })()
  return ending
}

process.on('disconnect', () => end(0))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(1))

try {
  say({ env: await startAll() })
} catch (error) {
  say({ failed: error.message })
  if (!ending) await end(1)
}

async function startAll() {
  const services = names.map(name => SERVICES[name])
  const given = await Promise.all(services.map(service => named(service, process.env)))
  const ours = services.filter((_, index) => !given[index])
  for (const { title, text } of given.filter(Boolean)) log(`${title} ${text}`)
  if (ours.length === 0) return Object.assign({}, ...given.map(({ env }) => env))

  const user = unprivileged()
  const parent = canEnter(os.tmpdir(), user) ? os.tmpdir() : '/tmp'
  folder = await mkdtemp(path.join(parent, 'perfagent-services-'))
  await allow(folder, user)

  const bins = await binariesOf(ours, user)
  const started = await Promise.all(ours.map(service => start(service, bins.get(service), user)))
  return Object.assign({}, ...given.map(found => found?.env), ...started)
}

async function binariesOf(services, user) {
  const find = service =>
    service === postgres && postgresBin
      ? embeddedCopy(postgresBin, path.join(folder, 'postgres-binaries'), user)
      : findBinaries(service.binaries)
  const bins = new Map(await Promise.all(services.map(async service => [service, await find(service)])))

  const missing = services.filter(service => !bins.get(service))
  if (missing.length > 0) {
    installing = install(missing, log)
    await installing
    for (const service of missing) bins.set(service, await findBinaries(service.binaries))
  }
  return bins
}

async function start(service, bin, user) {
  const began = performance.now()
  const home = path.join(folder, service.name)
  await allow(home, user)
  // Nothing of the caller's environment (PGDATA, MYSQL_HOME, LD_…) reaches them, and they speak English.
  const options = { ...user, cwd: home, env: { PATH: process.env.PATH, HOME: home, TMPDIR: home, LC_ALL: 'C' } }
  await service.prepare?.({ bin, home, run: (...command) => run(command, options) })

  // A free port can be taken by another process before the service binds it: then the next one.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      await launch(service.command({ bin, home, port }), service.ready, service.signal, options)
      log(`${service.title} on 127.0.0.1:${port}, ${((performance.now() - began) / 1000).toFixed(1)} s`)
      return service.env(port)
    } catch (error) {
      if (attempt === 3 || ending) throw new Error(`${service.title} did not start: ${error.message}`)
    }
  }
}
