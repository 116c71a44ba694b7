// The agent opens no port and no socket that somebody could come in by: what a service listens on is what it listens on without it.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import net from 'node:net'
import { runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { skip } from '../harness/skip.js'
import { tried } from './table.js'

const TCP_LISTEN = '0A'
/** Of a socket of a file or an abstract name: it accepts connections. */
const UNIX_ACCEPTS = 0x10000

/** What a process can be reached by: listening TCP ports, all UDP ports, unix sockets that accept. */
function doorsOf(pid: number): string[] {
  const folder = `/proc/${pid}`
  const own = new Set<string>()
  for (const fd of readdirSync(`${folder}/fd`)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/fd/${fd}`))?.[1]
      if (inode) own.add(inode)
    } catch {} // Closed since it was listed.
  }
  const rows = (table: string): string[][] => {
    const file = `${folder}/net/${table}`
    if (!existsSync(file)) return []
    const [, ...lines] = readFileSync(file, 'latin1').trim().split('\n')
    return lines.map(line => line.trim().split(/\s+/))
  }
  const doors: string[] = []
  for (const table of ['tcp', 'tcp6', 'udp', 'udp6'])
    for (const [, local = '', , state, , , , , , inode = ''] of rows(table))
      if (own.has(inode) && (table.startsWith('udp') || state === TCP_LISTEN))
        doors.push(`${table} ${Number.parseInt(local.split(':')[1]!, 16)}`)
  for (const [, , , flags = '', , , inode = '', name = ''] of rows('unix'))
    if (own.has(inode) && Number.parseInt(flags, 16) & UNIX_ACCEPTS) doors.push(`unix ${name}`)
  return doors
}

describe('ports', () => {
  before(function () {
    if (!existsSync('/proc/self/net/tcp')) skip(this, 'there is no /proc/PID/net here')
  })

  it('that are open are seen by this test', async () => {
    const servers = [
      net.createServer().listen(0, '127.0.0.1'),
      net.createServer().listen(`\0perfagent-ports-test-${process.pid}`)
    ]
    await Promise.all(servers.map(server => new Promise(resolve => server.once('listening', resolve))))
    const doors = doorsOf(process.pid)
    for (const server of servers) server.close()
    for (const door of [/^tcp \d+/, /^unix @perfagent-ports-test/])
      assert.ok(
        doors.some(each => door.test(each)),
        doors.join()
      )
  })

  for (const what of ['reports', 'everything that can be sent'])
    it(`are those of the service alone, with ${what}`, async () => {
      const backend = await startBackend()
      const all = {
        PERFAGENT_EXPORT: 'otlp,http',
        PERFAGENT_OTLP_ENDPOINT: backend.url,
        PERFAGENT_SAMPLE_SHARE: '1',
        PERFAGENT_CONSOLE_CONTROL: 'any'
      }
      const app = await runApp('hello.js', { backend, env: what === 'reports' ? {} : all })
      await app.get('/busy')
      await app.report(({ request }) => request.path === '/busy')
      const doors = doorsOf(app.pid)
      await app.stop()
      await backend.close()
      assert.deepEqual(
        doors.map(door => door.replace('tcp6', 'tcp')),
        [`tcp ${app.port}`]
      )
      tried('the agent opens no port', 1, doors.length - 1)
    })
})
