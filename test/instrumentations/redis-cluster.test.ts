// A cluster of one node, made for this test where the machine has redis-server: REDIS_URL names a server that is none.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createClient } from 'redis'
import { type App, runApp } from '../harness/app.js'
import { skip } from '../harness/skip.js'

describe('a Redis Cluster', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'perfagent-cluster-'))
  let server: ChildProcess | undefined
  let node: string
  let app: App

  before(async function () {
    if (spawnSync('redis-server', ['--version']).error) skip(this, 'there is no redis-server')
    const port = await freePort()
    node = `127.0.0.1:${port}`
    const own = ['--port', String(port), '--dir', folder, '--save', '', '--bind', '127.0.0.1']
    const cluster = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']
    server = spawn('redis-server', [...own, ...cluster], { stdio: 'ignore' })
    const client = createClient({ url: `redis://${node}` }).on('error', () => {})
    await client.connect()
    await client.sendCommand(['CLUSTER', 'ADDSLOTS', ...Array.from({ length: 16384 }, (_, slot) => String(slot))])
    while (!String(await client.sendCommand(['CLUSTER', 'INFO'])).includes('cluster_state:ok')) {
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    client.destroy()
    app = await runApp('redis-cluster.js', { env: { CLUSTER: node } })
  })
  after(async () => {
    await app?.stop()
    if (server?.kill('SIGKILL')) await once(server, 'exit')
    rmSync(folder, { recursive: true })
  })

  const explained = async (route: string) => {
    assert.equal((await app.get(route)).body, 'sesame')
    return (await app.reportOf(route)).operations
  }

  it('is told by redis as commands of its nodes', async () => {
    const operations = await explained('/redis')
    assert.deepEqual(
      operations.map(({ text, target }) => [text, target]),
      [
        ['SET user:?:name', node],
        ['MULTI 1 (GET)', node]
      ]
    )
  })

  it('is told by ioredis as commands of its nodes, and batches of the cluster', async () => {
    const operations = await explained('/ioredis')
    assert.deepEqual(
      operations.map(({ text, target }) => [text, target]),
      [
        ['SET user:?:name', node],
        ['PIPELINE 1 (GET)', ''],
        ['MULTI 1 (GET)', '']
      ]
    )
  })

  it('that ioredis is still connecting to is told of the request that waits', async () => {
    for (const operations of await Promise.all(['/late-one', '/late-two'].map(explained))) {
      assert.deepEqual(
        operations.map(({ text }) => text),
        ['GET user:?:name']
      )
    }
  })
})

/** A node of a cluster also listens 10000 above its port. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  return port < 55_000 ? port : freePort()
}
