// Which services can be had without installing anything: named by the environment, or with their programs on this machine.

import { findBinaries } from './binaries.mjs'
import { mariadb } from './mariadb.mjs'
import { postgres } from './postgres.mjs'
import { redis } from './redis.mjs'

export async function available(names, env = process.env) {
  const services = [postgres, mariadb, redis].filter(({ name }) => names.includes(name))
  const there = await Promise.all(services.map(({ variable, binaries }) => env[variable] || findBinaries(binaries)))
  return services.filter((_, index) => there[index]).map(({ name }) => name)
}
