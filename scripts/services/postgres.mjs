// PostgreSQL: a new cluster without durability, over TCP alone, with a password (SCRAM) as servers have it.

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { toPort } from './address.mjs'

const USER = 'perfagent'
const PASSWORD = 'perfagent'
const DATABASE = 'postgres'

export const postgres = {
  name: 'postgres',
  title: 'PostgreSQL',
  variable: 'PGHOST',
  binaries: ['postgres', 'initdb'],
  packages: ['postgresql'],

  named({ PGHOST, PGPORT = '5432', PGUSER = 'postgres', PGPASSWORD = '', PGDATABASE = PGUSER }) {
    if (!PGHOST) return undefined
    const port = toPort('PGPORT', PGPORT)
    const env = { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE }
    return path.isAbsolute(PGHOST)
      ? { socket: path.join(PGHOST, `.s.PGSQL.${port}`), env }
      : { host: PGHOST, port, env }
  },

  async prepare({ bin, home, run }) {
    const passwordFile = path.join(home, 'password')
    await writeFile(passwordFile, PASSWORD)
    const cluster = ['--pgdata', path.join(home, 'data'), '--no-sync', '--encoding=UTF8', '--locale=C']
    await run(bin.initdb, ...cluster, `--username=${USER}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`)
  },

  command({ bin, home, port }) {
    const settings = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: 200,
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off'
    }
    return [
      bin.postgres,
      '-D',
      path.join(home, 'data'),
      ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])
    ]
  },
  ready: /database system is ready to accept connections/,
  /** Immediate shutdown: unlike SIGKILL it takes the backends and the shared memory along. */
  signal: 'SIGQUIT',

  env: port => ({
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGUSER: USER,
    PGPASSWORD: PASSWORD,
    PGDATABASE: DATABASE
  })
}
